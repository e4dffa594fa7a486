/** What the real Claude Code starts itself: a `claude -p` in its pane, a background subagent. */
import { bash, installClaude, runAgent, say, saySlowly, useTools } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

describe.skipIf(!install.ok).concurrent('children of the real Claude Code', SLOW, () => {
  test('claude -p from its Bash tool: an agent of its own, the pane stays where it was', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/ask somebody/, useTools(bash(`claude -p 'Tell me a joke'`)), say('So it said.'));
    model.on(/tell me a joke/i, saySlowly('A shoe walks into a bar.', gate));
    const session = await claude.start({ args: ['--allowedTools', 'Bash(claude:*)'] });
    const parent = await board.when('the parent', (a) => a.attention === 'idle');
    await session.prompt('Please ask somebody');
    await gate.reached;
    const child = await board.when('the child', (a) => a.id !== parent.id);
    expect(child).toMatchObject({
      kind: 'print',
      attention: 'working',
      tmuxPane: null,
      command: { prompt: 'Tell me a joke' },
      project: parent.project,
    });
    expect(child.pid).not.toBe(session.pid);
    expect(await board.agent(parent.id)).toMatchObject({
      kind: 'interactive',
      attention: 'working',
      reason: 'runs Bash',
      tmuxPane: session.pane.id,
      pid: session.pid,
      command: { prompt: 'Please ask somebody' },
      sessionIds: [parent.sessionId],
    });
    gate.open();
    await board.when('the end of the child', (a) => a.id === child.id && a.attention === 'ended');
    await board.when('the parent', (a) => a.id === parent.id && a.attention === 'your_turn');
    const turns = await board.turns(parent.id);
    expect(turns.map(({ text }) => text)).toEqual(['Please ask somebody', 'So it said.']);
    expect(await board.story(parent.id)).toEqual(['idle', 'working', 'your_turn']);
    expect(await board.agents()).toHaveLength(2);
  });

  test('a background subagent: working until it is done, its dialog is its parent’s', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const [begin, finish] = [model.gate(), model.gate()];
    const helper = runAgent('Look into the cart', { background: true });
    const asks = { ...saySlowly('Looking.', begin), tools: [bash('touch found.txt')] };
    model.on(/start a helper/, useTools(helper), say('It runs.'));
    model.on(/look into the cart/i, asks, saySlowly('Found it.', finish));
    model.on(/task-notification/, say('The helper is done.'));
    const session = await claude.start();
    await session.prompt('Please start a helper');
    const busy = await board.when('the answer', (a) => a.rule === 'background-work');
    expect(busy).toMatchObject({
      attention: 'working',
      state: 'processing',
      background: [{ kind: 'subagent' }],
    });
    begin.open();
    const asked = await board.when('its dialog', (a) => a.dialogs.length > 0);
    expect(asked).toMatchObject({
      id: busy.id,
      reason: 'general-purpose subagent asks for permission: Bash: touch found.txt',
      dialogs: [{ kind: 'permission', subagent: 'general-purpose' }],
    });
    await session.waitForStatus('waiting');
    await session.waitForScreen(/1\. Yes/);
    await session.press('1');
    await finish.reached;
    const on = await board.when('work again', (a) => a.attention === 'working');
    expect(on).toMatchObject({ dialogs: [], background: [{ kind: 'subagent' }] });
    finish.open();
    const over = await board.when('the end', (a) => a.attention === 'your_turn');
    expect(over).toMatchObject({ state: 'complete', background: [] });
    const turns = await board.turns(over.id);
    expect(turns.at(-1)).toMatchObject({ kind: 'message', text: 'The helper is done.' });
    expect(turns.filter(({ actor }) => actor === 'user')).toHaveLength(1);
    const story = await board.story(over.id);
    expect(story).toEqual(['idle', 'working', 'needs_you', 'working', 'your_turn']);
    await board.only();
  });
});
