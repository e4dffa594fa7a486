/** Turns of the real Claude Code, as the dashboard shows them: prompts, dialogs, interrupts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  askUserQuestion,
  bash,
  installClaude,
  keepSilent,
  say,
  saySlowly,
  useTools,
} from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { timeToBoard } from '../testing/board.ts';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

/** The issue promises a second; a busy machine gets three. */
const WITHOUT_HOOK_MS = 3_000;

describe.skipIf(!install.ok).concurrent('a turn of the real Claude Code', SLOW, () => {
  test('a plain prompt: idle, working, your turn', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/what is this/i, saySlowly('This is a shop.', gate, 'It sells shoes.'));
    const session = await claude.start();
    const file = await session.file();
    const fresh = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    expect(fresh).toMatchObject({
      kind: 'interactive',
      state: 'idle',
      command: null,
      project: { name: 'acme-shop', path: claude.projectFolder },
      tmuxPane: session.pane.id,
      tmuxSocket: session.pane.socketPath,
      pid: session.pid,
      sessionId: file?.sessionId,
      sessionIds: [file?.sessionId],
    });
    await session.prompt('Hello, what is this project?');
    await gate.reached;
    const working = await board.when('work', ({ attention }) => attention === 'working');
    expect(working.command).toMatchObject({
      prompt: 'Hello, what is this project?',
      completedAt: null,
    });
    gate.open();
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    const agent = await board.only();
    expect(agent).toMatchObject({ id: fresh.id, state: 'complete', rule: 'turn-over' });
    expect(agent.evidence[0]).toMatchObject({ source: 'hook', signal: 'Stop' });
    expect(
      (await board.turns(agent.id)).map(({ actor, kind, text }) => [actor, kind, text]),
    ).toEqual([
      ['user', 'prompt', 'Hello, what is this project?'],
      ['agent', 'message', 'This is a shop.\n\nIt sells shoes.'],
    ]);
    expect(await board.story(agent.id)).toEqual(['idle', 'working', 'your_turn']);
  });

  test('a tool that needs permission: approved, it works on; the approval itself fires no hook', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    // The tool ends when the test says so: until then no hook tells that it was approved.
    await writeFile(
      join(claude.projectFolder, 'wait.sh'),
      'until [ -e go ]; do sleep 0.05; done\n',
    );
    model.on(/run it/, useTools(bash('bash wait.sh')), say('It ran.'));
    const session = await claude.start();
    await session.prompt('Please run it');
    const asked = await board.when('a dialog', ({ dialogs }) => dialogs.length > 0);
    expect(asked).toMatchObject({
      state: 'awaiting_input',
      rule: 'open-dialog',
      reason: 'asks for permission: Bash: bash wait.sh',
      dialogs: [{ kind: 'permission', summary: 'Bash: bash wait.sh', subagent: null }],
    });
    await session.waitForStatus('waiting');
    await session.waitForScreen(/1\. Yes/);
    const pressed = Date.now();
    await session.press('1');
    const approved = await board.when('work', ({ attention }) => attention === 'working');
    const took = timeToBoard('an approval', pressed, approved);
    expect(took).toBeLessThan(WITHOUT_HOOK_MS);
    expect(approved).toMatchObject({ state: 'processing', dialogs: [], reason: 'runs Bash' });
    await writeFile(join(claude.projectFolder, 'go'), '');
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    const { id } = await board.only();
    const story = await board.story(id);
    expect(story).toEqual(['idle', 'working', 'needs_you', 'working', 'your_turn']);
    expect((await board.turns(id)).at(-1)?.text).toBe('It ran.');
  });

  test.each(['3', 'Escape'])(
    'a permission denied by %s: your turn, by the session file',
    async (key) => {
      await using world = await openWorld(install);
      const { model, claude, board } = world;
      model.on(/make a file/, useTools(bash('touch made.txt')));
      const session = await claude.start();
      await session.prompt('Please make a file');
      await board.when('a dialog', ({ dialogs }) => dialogs.length > 0);
      await session.waitForStatus('waiting');
      await session.waitForScreen(/3\. No/);
      const pressed = Date.now();
      await session.press(key);
      const denied = await board.when('your turn', ({ attention }) => attention === 'your_turn');
      const took = timeToBoard(`a denial (${key})`, pressed, denied);
      expect(took).toBeLessThan(WITHOUT_HOOK_MS);
      expect(denied).toMatchObject({ state: 'complete', rule: 'turn-over', dialogs: [] });
      expect(denied.evidence[0]).toMatchObject({ source: 'session_file', hookEventId: null });
    },
  );

  test('Escape while it streams: interrupted, by the session file', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    model.on(/go on/i, say('Gone on.'));
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await session.waitForScreen(/It begins in cart\.js\./);
    await board.when('work', ({ attention }) => attention === 'working');
    const pressed = Date.now();
    await session.press('Escape');
    const agent = await board.when('your turn', ({ attention }) => attention === 'your_turn');
    const took = timeToBoard('an interrupt', pressed, agent);
    expect(took).toBeLessThan(WITHOUT_HOOK_MS);
    expect(agent).toMatchObject({ state: 'complete', reason: 'the turn was interrupted' });
    const last = (await board.transitions(agent.id)).at(-1);
    expect(last).toMatchObject({ toAttention: 'your_turn', reason: 'the turn was interrupted' });
    expect(last?.evidence[0]).toMatchObject({
      source: 'session_file',
      signal: 'session file: idle',
    });
    await session.prompt('Now go on');
    await board.when(
      'the next turn',
      ({ attention, reason }) => attention === 'your_turn' && reason === 'the turn is finished',
    );
    // What was said up to the interrupt, and the interrupt itself, are in the transcript only.
    const said = await waitUntil(
      async () => {
        const texts = (await board.turns(agent.id)).map(({ text }) => text.trim());
        return texts.length === 5 ? texts : undefined;
      },
      { what: 'the whole conversation' },
    );
    expect(said).toEqual([
      'Explain the checkout',
      'It begins in cart.js.',
      '[Request interrupted by user]',
      'Now go on',
      'Gone on.',
    ]);
  });

  test('a question: needs you until it is answered', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const question = 'Which colour shall the button have?';
    const asks = askUserQuestion({ question, header: 'Colour', options: ['Red', 'Blue'] });
    const gate = model.gate();
    model.on(/paint/i, useTools(asks), saySlowly('Red it is.', gate));
    const session = await claude.start();
    await session.prompt('Paint the button');
    const asked = await board.when('a question', ({ dialogs }) => dialogs.length > 0);
    expect(asked).toMatchObject({
      state: 'awaiting_input',
      dialogs: [{ kind: 'question', summary: question }],
    });
    expect(asked.reason).toContain(question);
    await session.waitForStatus('waiting');
    await session.waitForScreen(/1\. Red/);
    await session.press('1');
    await gate.reached;
    const on = await board.when('work', ({ attention }) => attention === 'working');
    expect(on).toMatchObject({ id: asked.id, dialogs: [], state: 'processing' });
    gate.open();
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    await board.only();
  });

  test('hooks in the settings of user and project: everything is shown once', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, headspace } = world;
    const installed = await headspace(
      'hooks',
      'install',
      '--project',
      claude.projectFolder,
      '--yes',
    );
    expect(installed).toMatchObject({ code: 0 });
    model.on(/look around/, useTools(bash('ls')), say('An empty shop.'));
    const session = await claude.start();
    await session.prompt('Please look around');
    const { id } = await board.when('the end', (a) => a.attention === 'your_turn');
    expect((await board.turns(id)).map(({ text }) => text)).toEqual([
      'Please look around',
      'An empty shop.',
    ]);
    expect(await board.story(id)).toEqual(['idle', 'working', 'your_turn']);
    await board.only();
  });

  test('Escape before the first word: the prompt is taken back, your turn', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, keepSilent(gate));
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await gate.reached;
    await board.when('work', (a) => a.attention === 'working');
    const pressed = Date.now();
    await session.press('Escape');
    const agent = await board.when('your turn', (a) => a.attention === 'your_turn');
    expect(timeToBoard('an early interrupt', pressed, agent)).toBeLessThan(WITHOUT_HOOK_MS);
    expect(agent).toMatchObject({ state: 'complete', reason: 'the turn was interrupted' });
  });
});
