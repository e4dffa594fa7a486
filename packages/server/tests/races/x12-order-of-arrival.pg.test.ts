import { expect, test } from 'vitest';
import { type HookWorld, type SentHook } from '../testing/hook-world.ts';
import { openQuietWorld } from '../testing/races.ts';
import { rowsOf } from '../testing/rows.ts';

const QUESTION = {
  tool_name: 'AskUserQuestion',
  tool_use_id: 't1',
  tool_input: { questions: [{ question: 'Which one?', options: [{ label: 'A' }] }] },
};
const READ = { tool_name: 'Read', tool_use_id: 't2', tool_input: { file_path: '/a' } };

/** Plays the events in this order, each on the other server than the one before it. */
async function play(world: HookWorld, id: string, events: [string, object][]): Promise<unknown> {
  const base = { session_id: id, cwd: '/repo', prompt_id: 'p1' };
  const hooks: SentHook[] = [
    { event: 'UserPromptSubmit', payload: { ...base, prompt: 'go' } },
    ...events.map(([event, payload]) => ({ event, payload: { ...base, ...payload } })),
  ];
  for (const [at, hook] of hooks.entries()) {
    await world.send({ ...hook, server: at % 2 });
    await world.settled();
  }
  return rowsOf(world.pool, id);
}

test('X12: a notification, or the dialog, before the tool call that it is about', async () => {
  await using world = await openQuietWorld();
  const notification: [string, object] = [
    'Notification',
    { notification_type: 'permission_prompt', message: 'Claude needs your input' },
  ];
  const { tool_use_id: _, ...asked } = QUESTION;
  const dialog: [string, object] = ['PermissionRequest', asked];
  const tool: [string, object] = ['PreToolUse', QUESTION];
  const inOrder = await play(world, 'tag-1', [tool, dialog, notification]);
  expect(inOrder).toMatchObject([{ activity: { attention: 'needs_you' } }]);
  expect(JSON.stringify(inOrder)).toContain('Which one?');
  const orders = [
    [notification, tool, dialog],
    [notification, dialog, tool],
    [dialog, notification, tool],
    [dialog, tool, notification],
  ];
  for (const [at, order] of orders.entries()) {
    expect(await play(world, `other-${at}`, order)).toEqual(inOrder);
  }
});

test('X12: a Stop before the last tool result infers no further command', async () => {
  await using world = await openQuietWorld();
  const before: [string, object] = ['PreToolUse', READ];
  const result: [string, object] = ['PostToolUse', READ];
  const stop: [string, object] = ['Stop', { last_assistant_message: 'done' }];
  const inOrder = await play(world, 'tag-3', [before, result, stop]);
  expect(await play(world, 'tag-4', [before, stop, result])).toEqual(inOrder);
  expect(inOrder).toMatchObject([
    {
      activity: { attention: 'your_turn', commands: 1 },
      commands: [['complete', 'go', 'p1', 'finished']],
    },
  ]);
});
