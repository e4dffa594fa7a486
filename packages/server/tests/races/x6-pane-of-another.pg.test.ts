import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openBridgeWorld } from '../testing/bridge-world.ts';

test('X6: a pane that another session has taken over is not typed into', async () => {
  await using world = await openBridgeWorld();
  const { tmux, desk, agentId, hooks } = world;
  const taken = Promise.withResolvers<void>();
  tmux.hold('look', 'after', async () => {
    const other = world.pid + 1_000_000;
    hooks.processes.running.set(other, '1');
    await world.hook('SessionStart', { source: 'startup' }, 'two', other);
    taken.resolve();
  });
  const { id } = await world.prompt('for the first one only');
  await taken.promise;
  const waits = await waitUntil(
    async () => (await desk.list(agentId)).find((prompt) => prompt.reason !== null),
    { what: 'a reason' },
  );
  expect(waits).toMatchObject({ id, state: 'queued', reason: 'its terminal is not known' });
  expect(await world.submitted()).toEqual([]);
  const agents = await hooks.agents();
  expect(agents.map(({ tmuxPane }) => tmuxPane)).toEqual([null, world.pane.id]);
  expect(await world.pane.capture()).not.toContain('for the first one');
});
