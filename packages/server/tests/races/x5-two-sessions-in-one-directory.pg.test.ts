import { expect, test } from 'vitest';
import { stopNextWrite } from '../testing/barrier.ts';
import { openQuietWorld } from '../testing/races.ts';

/** The reference claims an agent by its directory; here a directory links nothing. */
test('X5: two sessions that start in one directory at once are two agents, with their own chains', async () => {
  await using world = await openQuietWorld();
  const [one] = world.servers;
  if (one === undefined) throw new Error('no server');
  const start = { cwd: '/repo', source: 'startup', model: 'm' };
  using write = stopNextWrite(one);
  const first = world.send({ event: 'SessionStart', payload: { ...start, session_id: 'a' } });
  await write.reached;
  await world.send({ event: 'SessionStart', payload: { ...start, session_id: 'b' }, server: 1 });
  await world.servers[1]?.context.hooks.settled();
  write.goOn();
  await first;
  const prompts = ['a', 'b'].map(async (id, server) =>
    world.send({
      event: 'UserPromptSubmit',
      payload: { session_id: id, cwd: '/repo', prompt: `of ${id}`, prompt_id: `p${id}` },
      server: 1 - server,
    }),
  );
  await Promise.all(prompts);
  await world.settled();
  const agents = await world.agents();
  const owned = agents.map(({ sessionIds, command }) => `${sessionIds.join()}: ${command?.prompt}`);
  expect(new Set(owned)).toEqual(new Set(['a: of a', 'b: of b']));
  expect(owned).toHaveLength(2);
});
