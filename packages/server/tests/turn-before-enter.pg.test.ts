/**
 * A turn that begins after the last look and before Enter. With a status line the footer does not
 * say that the client works; its title does, and tmux itself compares that.
 */
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openBridgeWorld } from './testing/bridge-world.ts';

test('a text that begins with / is not submitted into a turn that has just begun', async () => {
  await using world = await openBridgeWorld();
  const { tmux, desk, agentId } = world;
  await world.title('✳ Fix the rounding');
  tmux.hold('press', 'before', () => world.title('⠂ Fix the rounding'));
  const { id } = await world.prompt('/tmp is full');
  const kept = await waitUntil(
    async () => (await desk.list(agentId)).find((prompt) => prompt.reason !== null),
    { what: 'a reason' },
  );
  expect(kept).toMatchObject({
    id,
    state: 'pasted',
    reason: 'the screen has changed just before Enter',
  });
  expect(await world.submitted()).toEqual([]);
  await world.title('✳ Fix the rounding');
  // Any word of the agent has the delivery look again.
  await world.hook('Notification', { message: 'idle', notification_type: 'idle_prompt' });
  await waitUntil(async () => (await world.submitted()).length > 0, { what: 'the text' });
  expect(await world.submitted()).toEqual([' /tmp is full']);
});

test('other texts go into a turn as before', async () => {
  await using world = await openBridgeWorld();
  world.tmux.hold('press', 'before', () => world.title('⠂ Fix the rounding'));
  await world.prompt('and the tests too');
  await waitUntil(async () => (await world.submitted()).length > 0, { what: 'the text' });
  expect(await world.submitted()).toEqual(['and the tests too']);
});
