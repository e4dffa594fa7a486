import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openBridgeWorld } from '../testing/bridge-world.ts';

test('H8: an agent that ends between the look at its terminal and the lock is sent nothing', async () => {
  await using world = await openBridgeWorld();
  const { tmux, desk, agentId } = world;
  const ended = Promise.withResolvers<void>();
  tmux.hold('look', 'after', async () => {
    await world.hook('SessionEnd', { reason: 'other' });
    ended.resolve();
  });
  const { id } = await world.prompt('too late');
  await ended.promise;
  const waits = await waitUntil(
    async () => (await desk.list(agentId)).find((prompt) => prompt.reason !== null),
    { what: 'a reason' },
  );
  expect(waits).toMatchObject({
    id,
    state: 'queued',
    reason: 'the agent has ended',
    attempt: 0,
  });
  expect(await world.submitted()).toEqual([]);
  expect(await world.pane.capture()).not.toContain('too late');
});
