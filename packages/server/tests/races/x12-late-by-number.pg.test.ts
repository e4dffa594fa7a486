/**
 * X12: hooks arrive in another order than they fired. The sender numbers the hooks of a process, so
 * that one that was spooled and comes late never seems newer than what it came after.
 */
import { expect, test } from 'vitest';
import { openHookWorld, type HookWorld } from '../testing/hook-world.ts';

interface Fired {
  event: string;
  sequence: number;
  /** Milliseconds ago by the sender's clock. */
  ago: number;
  more?: object;
  spooled?: boolean;
}

async function send(
  world: HookWorld,
  { event, sequence, ago, more = {}, spooled = false }: Fired,
): Promise<void> {
  await world.send({
    event,
    payload: { session_id: 's1', cwd: '/acme', hook_event_name: event, ...more },
    headers: {
      claudePid: '4711',
      procStart: '1',
      sequence: String(sequence),
      ...(spooled && { spooled: '1' }),
      sentAt: String(Date.now() - ago),
    },
  });
  await world.settled();
}

const outcomes = async (world: HookWorld): Promise<unknown[]> => {
  const { rows } = await world.pool.query(
    `select event, sequence::int as sequence, status from hook_events order by id`,
  );
  return rows;
};

test.each([
  ['half a second before the last one', 4_500],
  // The clock was set back between them, so its time says nothing.
  ['after the last one, by a clock that was set back', 3_000],
])('X12: a hook that was spooled %s fills history only', async (_name, ago) => {
  await using world = await openHookWorld();
  world.processes.running.set(4711, '1');
  await send(world, {
    event: 'SessionStart',
    sequence: 10,
    ago: 6_000,
    more: { source: 'startup' },
  });
  await send(world, {
    event: 'UserPromptSubmit',
    sequence: 11,
    ago: 5_000,
    more: { prompt: 'go' },
  });
  await send(world, { event: 'Stop', sequence: 13, ago: 4_000 });
  const [before] = await world.agents();
  expect(before).toMatchObject({ attention: 'your_turn' });
  const tool = { tool_name: 'Bash', tool_use_id: 't1', tool_input: {} };
  await send(world, { event: 'PreToolUse', sequence: 12, ago, more: tool, spooled: true });
  const [after] = await world.agents();
  expect(after).toEqual(before);
  expect(await outcomes(world)).toEqual([
    { event: 'SessionStart', sequence: 10, status: 'applied' },
    { event: 'UserPromptSubmit', sequence: 11, status: 'applied' },
    { event: 'Stop', sequence: 13, status: 'applied' },
    { event: 'PreToolUse', sequence: 12, status: 'recorded' },
  ]);
});

test('X12: one that is late but the newest is applied', async () => {
  await using world = await openHookWorld();
  world.processes.running.set(4711, '1');
  await send(world, {
    event: 'SessionStart',
    sequence: 10,
    ago: 9_000,
    more: { source: 'startup' },
  });
  await send(world, {
    event: 'UserPromptSubmit',
    sequence: 11,
    ago: 4_000,
    more: { prompt: 'go' },
  });
  // By the clock long before the prompt.
  await send(world, { event: 'Stop', sequence: 12, ago: 8_000, spooled: true });
  const [agent] = await world.agents();
  expect(agent).toMatchObject({ attention: 'your_turn', state: 'complete' });
});

test('X12: one that was slow on its way, beside a later one, is applied', async () => {
  await using world = await openHookWorld();
  world.processes.running.set(4711, '1');
  await send(world, {
    event: 'SessionStart',
    sequence: 10,
    ago: 9_000,
    more: { source: 'startup' },
  });
  await send(world, {
    event: 'UserPromptSubmit',
    sequence: 11,
    ago: 8_000,
    more: { prompt: 'go' },
  });
  const tool = (id: string): object => ({ tool_name: 'Bash', tool_use_id: id, tool_input: {} });
  await send(world, { event: 'PreToolUse', sequence: 13, ago: 4_000, more: tool('t2') });
  await send(world, { event: 'PreToolUse', sequence: 12, ago: 4_001, more: tool('t1') });
  const { rows } = await world.pool.query<{ tools: object }>(
    `select activity -> 'tools' as tools from agents`,
  );
  expect(Object.keys(rows[0]?.tools ?? {}).toSorted()).toEqual(['t1', 't2']);
});
