/** Prompts that go through the bridge into the real Claude Code. */
import { bash, installClaude, say, saySlowly, useTools } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import type { Board } from '../testing/board.ts';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 120_000 };

/** What a person has said, in order. */
async function prompted(board: Board, agentId: number): Promise<string[]> {
  const turns = await board.turns(agentId);
  return turns
    .filter(({ actor, kind }) => actor === 'user' && kind === 'prompt')
    .map(({ text }) => text);
}

describe.skipIf(!install.ok).concurrent('a prompt sent to the real Claude Code', SLOW, () => {
  test('arrives in an idle session, and the hook proves it', async () => {
    await using world = await openWorld(install);
    const { claude, board, desk } = world;
    await claude.start();
    const agent = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    for (const text of ['Hello there', 'two\nlines', '/not a command', 'x '.repeat(2000).trim()]) {
      const at = performance.now();
      const { id } = await desk.send(agent.id, text);
      const done = await desk.until(agent.id, id, 'accepted', 'failed');
      process.stdout.write(`accepted after ${Math.round(performance.now() - at)} ms\n`);
      expect(done).toMatchObject({ state: 'accepted', acceptedBy: 'hook' });
      await board.when('the end of the turn', ({ attention }) => attention === 'your_turn');
    }
    expect((await prompted(board, agent.id)).map((text) => text.slice(0, 20))).toEqual([
      'Hello there',
      'two\nlines',
      ' /not a command',
      'x '.repeat(10),
    ]);
  });

  test('waits for a dialog and for somebody who types', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, desk } = world;
    model.on(/push it/, useTools(bash('git push origin main')), say('Pushed.'));
    const session = await claude.start();
    const agent = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    await session.prompt('push it');
    await board.when('a dialog', ({ attention }) => attention === 'needs_you');
    const { id } = await desk.send(agent.id, 'after the dialog');
    const why = 'a dialog is open: permission';
    // The hook tells of the dialog before the screen shows it whole.
    const waits = await waitUntil(
      async () => (await desk.list(agent.id)).find(({ reason }) => reason === why),
      { what: 'the dialog as the reason' },
    );
    expect(waits).toMatchObject({ state: 'queued' });
    await session.press('Escape');
    expect(await desk.until(agent.id, id, 'accepted')).toMatchObject({ attempt: 1 });

    await session.waitForStatus('idle');
    await session.press('m', 'i', 'n', 'e');
    await session.waitForScreen(/^❯\u00a0mine/m);
    const second = await desk.send(agent.id, 'not with theirs');
    await waitUntil(
      async () => (await desk.list(agent.id)).some(({ reason }) => /typed/.test(reason ?? '')),
      { what: 'a reason' },
    );
    await session.press('Enter');
    await desk.until(agent.id, second.id, 'accepted');
    // The last one may wait in the client's own queue for the end of the turn before.
    const all = ['push it', 'after the dialog', 'mine', 'not with theirs'];
    await waitUntil(async () => (await prompted(board, agent.id)).length >= all.length, {
      what: 'a turn for each prompt',
    });
    await board.when('the end of the turn', ({ attention }) => attention === 'your_turn');
    expect(await prompted(board, agent.id)).toEqual(all);
  });

  test.each([
    ['a row', 'hello', []],
    ['a row, the cursor at its beginning', 'hello', ['C-a']],
    ['rows', 'hello\nthere', []],
    ['rows, the cursor at their beginning', 'hello\nthere', ['C-a', 'Up']],
    ['rows, the cursor in the middle', 'hello\nthere', ['Up']],
    ['a folded paste, the cursor before it', 'hello\n'.repeat(9).trim(), ['C-a']],
  ])('takes away what the client has left of the one before: %s', async (_, text, keys) => {
    await using world = await openWorld(install);
    const { claude, board, desk } = world;
    const session = await claude.start();
    const agent = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const before = await desk.send(agent.id, text);
    await desk.until(agent.id, before.id, 'accepted');
    await board.when('the end of the turn', ({ attention }) => attention === 'your_turn');
    await session.pane.paste(text);
    await session.waitForScreen(/^❯\u00a0(hello|\[Pasted)/m);
    for (const key of keys) await session.press(key);
    const next = await desk.send(agent.id, 'only this');
    await desk.until(agent.id, next.id, 'accepted');
    expect(await prompted(board, agent.id)).toEqual([text, 'only this']);
  });

  test('goes into the client’s own queue while a turn runs', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, desk } = world;
    const gate = model.gate();
    model.on(/slowly/, saySlowly('Let me think.', gate));
    const session = await claude.start();
    const agent = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    await session.prompt('go slowly');
    await gate.reached;
    const sent = [await desk.send(agent.id, 'first'), await desk.send(agent.id, 'second\nline')];
    for (const { id } of sent) {
      const at = performance.now();
      expect(await desk.until(agent.id, id, 'accepted')).toMatchObject({ acceptedBy: 'queue' });
      process.stdout.write(`queued after ${Math.round(performance.now() - at)} ms\n`);
    }
    gate.open();
    await session.waitForStatus('idle');
    const command = await desk.send(agent.id, '/clear', { command: true });
    expect(await desk.until(agent.id, command.id, 'accepted', 'failed')).toMatchObject({
      state: 'accepted',
    });
    const nonsense = await desk.send(agent.id, '/nonsense-words', { command: true });
    expect(await desk.until(agent.id, nonsense.id, 'accepted', 'failed')).toMatchObject({
      state: 'failed',
      reason: 'Claude Code does not know the command /nonsense-words',
    });
  });
});
