/**
 * A section applies all that waits for its agents. Events for which it matters who is alive must not
 * ride along in one that was begun without a look at the process table.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdRow } from '../testing/held-row.ts';
import {
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  start,
  stop,
} from '../testing/liveness-world.ts';

let world: LivenessWorld;

beforeAll(async () => {
  world = await openLivenessWorld();
});
afterAll(async () => world[Symbol.asyncDispose]());

test('X19: /clear in one of two terminals, its end and its start in one section', async () => {
  const [first, second] = [marks(301, '%31'), marks(302, '%32')];
  world.processes.running.set(301, 'one');
  world.processes.running.set(302, 'two');
  await world.send(start('shared', first));
  await world.send(prompt('shared', first));
  await world.send(stop('shared', first));
  await world.settled();
  await world.send(start('shared', second, 'resume'));
  await world.settled();
  const { id } = await world.agent('shared');
  await using row = await holdRow(world.pool, id);
  await world.send(hook('SessionEnd', 'shared', second, { reason: 'clear', prompt_id: 'p2' }));
  await row.waitedFor();
  await world.send(start('cleared', second, 'clear'));
  await row.release();
  await world.settled();
  expect(await world.agent('shared')).toMatchObject({ id, sessionIds: ['shared'], pid: 301 });
  const cleared = await world.agent('cleared');
  expect(cleared.id).not.toBe(id);
  expect(cleared).toMatchObject({ sessionIds: ['cleared'], pid: 302, tmuxPane: '%32' });
});
