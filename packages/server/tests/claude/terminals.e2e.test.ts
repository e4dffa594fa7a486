/** The same session of the real Claude Code in two terminals, and what leaves it. */
import { installClaude, saySlowly } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import type { Board } from '../testing/board.ts';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

async function answered(board: Board, prompt: string) {
  return board.when(`the answer to ${prompt}`, ({ command, attention }) => {
    return command?.prompt === prompt && attention === 'your_turn';
  });
}

describe.skipIf(!install.ok).concurrent('two terminals with the real Claude Code', SLOW, () => {
  test('one session in two terminals: one agent, alive until both are closed', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id, sessionId } = await answered(board, 'Remember the shop');
    await first.prompt('Explain the checkout');
    await gate.reached;
    await board.when('work', (a) => a.attention === 'working');
    // The second one is ready for a prompt while the first still works.
    const second = await claude.start({ args: ['--resume', sessionId] });
    await board.when('the second process', (a) => a.pid === second.pid);
    expect(await board.only()).toMatchObject({ id, attention: 'working' });
    gate.open();
    expect(await answered(board, 'Explain the checkout')).toMatchObject({
      reason: 'the turn is finished',
    });

    await second.prompt('Said in the second terminal');
    await answered(board, 'Said in the second terminal');
    await second.exit();
    await first.prompt('Said in the first terminal');
    await answered(board, 'Said in the first terminal');
    expect(await board.only()).toMatchObject({
      id,
      endedAt: null,
      pid: first.pid,
      tmuxPane: first.pane.id,
    });
    // Once more, and this time the second terminal has no chance to say goodbye.
    const third = await claude.start({ args: ['--resume', sessionId] });
    await board.when('the third process', (a) => a.pid === third.pid);
    await third.kill9();
    await board.when('its end', (a) => a.pid === first.pid && a.tmuxPane === null);
    await first.prompt('Said after that');
    await answered(board, 'Said after that');
    expect(await board.only()).toMatchObject({ id, endedAt: null, tmuxPane: first.pane.id });
    const steps = await board.transitions(id);
    expect(steps.map(({ toAttention }) => toAttention)).not.toContain('ended');
    expect(steps.map(({ reason }) => reason)).not.toContain('the turn was interrupted');
    await first.exit();
    await board.when('the end', (a) => a.attention === 'ended');
    await board.only();
  });

  test('a fork beside the living session: an agent of its own, the first one goes on', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id, sessionId } = await answered(board, 'Remember the shop');
    await first.prompt('Explain the checkout');
    await gate.reached;
    const fork = await claude.start({ args: ['--resume', sessionId, '--fork-session'] });
    await fork.prompt('Said in the fork');
    const forked = await answered(board, 'Said in the fork');
    expect(forked.id).not.toBe(id);
    expect(forked).toMatchObject({ pid: fork.pid, tmuxPane: fork.pane.id });
    expect(await board.agent(id)).toMatchObject({ attention: 'working', pid: first.pid });
    gate.open();
    await answered(board, 'Explain the checkout');
    await first.prompt('Said in the first');
    expect(await answered(board, 'Said in the first')).toMatchObject({
      id,
      sessionIds: [sessionId],
      tmuxPane: first.pane.id,
    });
    expect(await board.agents()).toHaveLength(2);
  });

  test('/clear in one of two terminals: a new agent there, the other one goes on', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id, sessionId } = await board.when('an answer', (a) => a.attention === 'your_turn');
    const second = await claude.start({ args: ['--resume', sessionId] });
    await board.when('the second process', (a) => a.pid === second.pid);
    await second.prompt('/clear');
    const cleared = await board.when('another agent', (a) => a.id !== id);
    expect(cleared).toMatchObject({ pid: second.pid, attention: 'idle', tmuxPane: second.pane.id });
    await first.prompt('Said in the first');
    const on = await board.when('its turn', (a) => a.command?.prompt === 'Said in the first');
    expect(on).toMatchObject({ id, sessionIds: [sessionId], pid: first.pid });
    expect(await board.agents()).toHaveLength(2);
  });
});
