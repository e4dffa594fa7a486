import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openBridgeWorld } from '../testing/bridge-world.ts';

test('X2: a dialog that opens between the look and the lock gets nothing typed into it', async () => {
  await using world = await openBridgeWorld();
  const { tmux, desk, agentId } = world;
  await world.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  const asked = Promise.withResolvers<void>();
  tmux.hold('look', 'after', async () => {
    const tool = { tool_name: 'Bash', tool_input: { command: 'rm x' }, prompt_id: 'p1' };
    await world.hook('PreToolUse', { ...tool, tool_use_id: 't1' });
    await world.hook('PermissionRequest', tool);
    asked.resolve();
  });
  const { id } = await world.prompt('yes please');
  await asked.promise;
  const waits = await waitUntil(
    async () => (await desk.list(agentId)).find((prompt) => prompt.reason !== null),
    { what: 'a reason' },
  );
  expect(waits).toMatchObject({ id, state: 'queued', reason: 'a dialog is open: permission' });
  expect(await world.submitted()).toEqual([]);
  // Answered: now it goes, and the state is of the hooks alone.
  await world.hook('PostToolUse', {
    tool_name: 'Bash',
    tool_input: { command: 'rm x' },
    tool_use_id: 't1',
    tool_response: {},
    prompt_id: 'p1',
  });
  await waitUntil(async () => (await world.submitted()).length > 0, { what: 'the prompt' });
  expect(await world.submitted()).toEqual(['yes please']);
});
