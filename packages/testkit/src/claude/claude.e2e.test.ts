/** Proves the harness itself: the real CLI in tmux does what its keys and its model say, and its hooks tell of it. */
import { describe, expect, test } from 'vitest';
import { installClaude } from './install.ts';
import { bash, say, saySlowly, useTools } from './model-steps.ts';
import { setUp } from './test-set-up.ts';

const install = await installClaude();

const events = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'Stop',
  'StopFailure',
  'SessionEnd',
];

describe.skipIf(!install.ok)('the real Claude Code in tmux', () => {
  test('a plain prompt: start, prompt and stop arrive', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/what is this/i, say('This is a shop.'));

    const session = await claude.start();
    const start = await hooks.next('SessionStart');
    expect(start.payload['source']).toBe('startup');
    expect(start.headers['x-claude-pid']).toBe(String(session.pid));
    expect(start.headers['x-tmux-pane']).toBe(session.pane.id);

    await session.prompt('Hello, what is this project?');
    const prompt = await hooks.next('UserPromptSubmit');
    expect(prompt.payload['prompt']).toBe('Hello, what is this project?');

    const stop = await hooks.next('Stop');
    expect(stop.payload['last_assistant_message']).toBe('This is a shop.');
    expect(stop.headers['x-tmux-pane']).toBe(session.pane.id);
    await session.waitForScreen(/This is a shop\./);
  });

  test('a tool that needs permission: asked, approved by key, done', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/make a file/, useTools(bash('touch made.txt')), say('The file is there.'));

    const session = await claude.start();
    await session.prompt('Please make a file');
    const before = await hooks.next('PreToolUse');
    const asked = await hooks.next('PermissionRequest');
    expect(asked.payload['tool_input']).toEqual(before.payload['tool_input']);
    const waiting = await session.waitForStatus('waiting');
    expect(waiting.waitingFor).toBe('permission prompt');

    await session.waitForScreen(/1\. Yes/);
    await session.press('1');
    const after = await hooks.next('PostToolUse');
    expect(after.payload['tool_use_id']).toBe(before.payload['tool_use_id']);
    await hooks.next('Stop');
  });

  test('Escape during an answer: the session file says idle, no hook does', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate, 'It ends there.'));
    model.on(/go on/, say('Gone on.'));

    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await gate.reached;
    await session.waitForScreen(/It begins in cart\.js\./);
    expect((await session.file())?.status).toBe('busy');

    await session.press('Escape');
    await session.waitForStatus('idle');
    await session.waitForScreen(/Interrupted/);

    await session.prompt('Now go on');
    await hooks.next('Stop');
    expect(hooks.received.map(({ event }) => event)).toEqual([
      'SessionStart',
      'UserPromptSubmit',
      // nothing for the interrupt
      'UserPromptSubmit',
      'Stop',
    ]);
  });

  test('exit and resume: the same session id in a new process', async () => {
    await using resources = await setUp(install, { events });
    const { hooks, claude } = resources;
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const stop = await hooks.next('Stop');

    await first.exit();
    const end = await hooks.next('SessionEnd');
    expect(end.payload['reason']).toBe('prompt_input_exit');
    expect(await first.file()).toBeUndefined();

    const second = await first.resume();
    const start = await hooks.next('SessionStart');
    expect(start.payload['source']).toBe('resume');
    expect(start.payload.session_id).toBe(stop.payload.session_id);
    expect(start.headers['x-claude-pid']).toBe(String(second.pid));
    await second.waitForScreen(/Remember the shop/);
  });

  test('kill -9: no hook, the session file stays behind', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await gate.reached;
    await session.waitForStatus('busy');

    await session.kill9();
    expect((await session.file())?.status).toBe('busy');
    await session.waitForScreen(/Killed/);
    expect(hooks.received.at(-1)?.event).toBe('UserPromptSubmit');
  });

  test('the trust dialog: nothing is sent until a person answers', async () => {
    await using resources = await setUp(install, { events, trusted: false });
    const { hooks, claude } = resources;
    const session = await claude.start({ readyWhen: /1\. Yes, I trust this folder/ });
    expect(await session.file()).toBeUndefined();
    expect(hooks.received).toEqual([]);

    await session.press('Enter');
    await hooks.next('SessionStart');
    await session.waitForStatus('idle');
  });

  test('print mode: a session without a terminal', async () => {
    await using resources = await setUp(install, { events });
    const { hooks, claude } = resources;
    const printed = await claude.runPrint('Say something');
    expect(printed).toEqual({ stdout: 'Done.\n', stderr: '', exitCode: 0 });
    const end = await hooks.next('SessionEnd');
    expect(end.payload['reason']).toBe('other');
  });
});
