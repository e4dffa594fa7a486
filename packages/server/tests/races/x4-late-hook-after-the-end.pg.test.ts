import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { isApplied, openQuietWorld } from '../testing/races.ts';
import type { HookWorld } from '../testing/hook-world.ts';

const base = { session_id: 's', cwd: '/repo' };
const tool = { tool_name: 'Read', tool_input: {}, tool_use_id: 't1', prompt_id: 'p1' };

async function steps({ pool }: HookWorld): Promise<string[]> {
  const { rows } = await pool.query<{ to_attention: string }>(
    'select to_attention from transitions order by id',
  );
  return rows.map(({ to_attention: to }) => to);
}

test('X4: a hook that comes while the session ends does not bring the agent back', async () => {
  await using world = await openQuietWorld();
  const [one, two] = world.servers;
  if (one === undefined || two === undefined) throw new Error('two servers');
  const prompt = { ...base, prompt: 'go', prompt_id: 'p1' };
  await world.send({ event: 'UserPromptSubmit', payload: prompt });
  await world.settled();
  using write = stopNextWrite(one);
  await world.send({ event: 'SessionEnd', payload: { ...base, reason: 'other' } });
  await write.reached;
  await world.send({ event: 'PostToolUse', payload: { ...base, ...tool }, server: 1 });
  await waitsOrDone(two, () => isApplied(world, 'PostToolUse'));
  write.goOn();
  await world.settled();
  expect(await steps(world)).toEqual(['working', 'ended']);
  const [agent] = await world.agents();
  expect(agent).toMatchObject({ attention: 'ended', endedReason: 'session ended (other)' });
});

test('X4: a prompt brings it back, and the return is a step of its own', async () => {
  await using world = await openQuietWorld();
  await world.send({ event: 'SessionStart', payload: { ...base, source: 'startup', model: 'm' } });
  await world.send({ event: 'SessionEnd', payload: { ...base, reason: 'other' } });
  await world.settled();
  const prompt = { ...base, prompt: 'go on', prompt_id: 'p2' };
  await world.send({ event: 'UserPromptSubmit', payload: prompt, server: 1 });
  await world.settled();
  const seen = await steps(world);
  expect(seen.slice(0, 2)).toEqual(['idle', 'ended']);
  expect(seen).toHaveLength(4);
  expect(seen.at(-1)).toBe('working');
  const agents = await world.agents();
  expect(agents).toHaveLength(1);
  expect(agents[0]).toMatchObject({ attention: 'working', endedAt: null });
});
