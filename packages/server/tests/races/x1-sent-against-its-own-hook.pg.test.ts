import { expect, test } from 'vitest';
import { openBridgeWorld } from '../testing/bridge-world.ts';

test('X1: the hook of a prompt that is still being sent opens one command and proves one prompt', async () => {
  await using world = await openBridgeWorld();
  const { tmux, desk, agentId, hooks } = world;
  const applied = Promise.withResolvers<void>();
  // Enter was pressed and the lock is still held: the hook is stored, and has to wait.
  tmux.hold('press', 'after', async () => {
    const [server] = hooks.servers;
    const stored = world.hook('UserPromptSubmit', { prompt: 'do it', prompt_id: 'p1' });
    void stored.then(applied.resolve, applied.reject);
    for (;;) {
      const { rows } = await hooks.pool.query(
        `select 1 from hook_events where event = 'UserPromptSubmit' and status = 'pending'`,
      );
      if (rows.length > 0) break;
    }
    expect(server).toBeDefined();
  });
  const { id } = await world.prompt('do it');
  await applied.promise;
  expect(await desk.until(agentId, id, 'accepted')).toMatchObject({
    acceptedBy: 'hook',
    attempt: 1,
  });
  expect(await world.submitted()).toEqual(['do it']);
  const { rows } = await hooks.pool.query('select prompt, completed_at from commands');
  expect(rows).toEqual([{ prompt: 'do it', completed_at: null }]);
});
