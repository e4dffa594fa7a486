import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { openQuietWorld, outcomes } from '../testing/races.ts';

/**
 * Neither server sees the other's agent when it looks for one. Only the oldest waiting event of a
 * session makes an agent, and a live session has one row.
 */
test('C2: the first hooks of one session, on two servers at once, make one agent', async () => {
  await using world = await openQuietWorld();
  const [one] = world.servers;
  if (one === undefined) throw new Error('no server');
  const base = { session_id: 's', cwd: '/repo' };
  // Different marks, so that the two wait in different queues.
  using stop = stopNextWrite(one);
  const first = world.send({
    event: 'UserPromptSubmit',
    payload: { ...base, prompt: 'go', prompt_id: 'p1' },
    headers: { claudePid: '41' },
  });
  await stop.reached;
  const tool = { tool_name: 'Read', tool_input: {}, tool_use_id: 't1', prompt_id: 'p1' };
  await world.send({ event: 'PreToolUse', payload: { ...base, ...tool }, server: 1 });
  await world.servers[1]?.context.hooks.settled();
  stop.goOn();
  await first;
  await world.settled();
  expect(await outcomes(world)).toEqual([
    { ended: null, commands: [['go', 'processing', null, null]] },
  ]);
});

test('C2: two hooks of one agent, on two servers at once, both count', async () => {
  await using world = await openQuietWorld();
  const [one, two] = world.servers;
  if (one === undefined || two === undefined) throw new Error('two servers');
  const base = { session_id: 's', cwd: '/repo', prompt_id: 'p1' };
  const tool = (id: string) => ({ tool_name: 'Read', tool_input: { id }, tool_use_id: id });
  await world.send({ event: 'UserPromptSubmit', payload: { ...base, prompt: 'go' } });
  // At work already: neither of the two makes a step in the history, whose ids would collide.
  await world.send({ event: 'PreToolUse', payload: { ...base, ...tool('t0') } });
  await world.settled();
  using stop = stopNextWrite(one);
  await world.send({ event: 'PreToolUse', payload: { ...base, ...tool('t1') } });
  await stop.reached;
  await world.send({
    event: 'PreToolUse',
    payload: { ...base, ...tool('t2') },
    headers: { claudePid: '41' },
    server: 1,
  });
  await waitsOrDone(two, async () => {
    const { rows } = await world.pool.query(
      `select from hook_events where status <> 'pending' and payload like '%t2%'`,
    );
    return rows.length > 0;
  });
  stop.goOn();
  await world.settled();
  const { rows } = await world.pool.query<{ tools: string[] }>(
    `select array(select jsonb_object_keys(activity -> 'tools') order by 1) as tools from agents`,
  );
  expect(rows).toEqual([{ tools: ['t0', 't1', 't2'] }]);
});
