/** Ends without a word, and what only the screen tells, with the real Claude Code in a real tmux. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installClaude, saySlowly } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import {
  type ClaudeWorld,
  openFallibleWorld,
  openWorld,
  type ServedWorld,
} from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };
const TRUST = /1\. Yes, I trust this folder/;

/** Claude Code in a folder that nobody has trusted yet. */
async function startUntrusted({ claude }: ClaudeWorld) {
  const folder = join(claude.projectFolder, '..', 'other-shop');
  await mkdir(folder, { recursive: true });
  const pane = await claude.tmux.openPane({ cwd: folder, env: claude.env });
  return claude.start({ pane, readyWhen: TRUST });
}

/** The watchdog has looked since, and time has passed for it. */
async function lookTwice(world: ServedWorld, ms: number): Promise<void> {
  await world.tick('tmux-watchdog');
  world.pass(ms);
  await world.tick('tmux-watchdog');
}

describe.skipIf(!install.ok).concurrent('ends without a word', SLOW, () => {
  test('tmux killed: every agent in it ends', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const sessions = await Promise.all([claude.start(), claude.start()]);
    for (const { pid } of sessions) await board.when('an agent', (agent) => agent.pid === pid);
    const tmuxPid = Number(await claude.tmux.run('display-message', '-p', '#{pid}'));
    process.kill(tmuxPid, 'SIGKILL');
    await board.when('an end', (agent) => agent.endedAt !== null);
    await waitUntil(async () => (await board.agents()).every(({ endedAt }) => endedAt !== null), {
      what: 'the end of both',
    });
    for (const { id } of await board.agents()) {
      const steps = await board.transitions(id);
      expect(steps.filter(({ toAttention }) => toAttention === 'ended').length).toBeGreaterThan(0);
    }
  });

  test('the server is killed, then Claude Code, then tmux: right again after the restart', async () => {
    await using world = await openFallibleWorld(install);
    const { claude, board, model } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const [killed, inTmux] = await Promise.all([claude.start(), claude.start()]);
    await killed.prompt('Explain the checkout');
    await gate.reached;
    await board.when('work', (agent) => agent.attention === 'working');
    await board.when('the other', (agent) => agent.pid === inTmux.pid);
    await world.killServer();
    await killed.kill9();
    const tmuxPid = Number(await claude.tmux.run('display-message', '-p', '#{pid}'));
    process.kill(tmuxPid, 'SIGKILL');
    await world.restartServer();
    await waitUntil(async () => (await board.agents()).every(({ endedAt }) => endedAt !== null), {
      what: 'the end of both',
      timeoutMs: 15_000,
    });
    const dead = (await board.agents()).find(({ endedReason }) =>
      endedReason?.includes(String(killed.pid)),
    );
    expect(dead?.state).toBe('complete');
    // The strongest proof stands first; tmux may have been asked too late to say the same.
    expect(dead?.evidence[0]).toMatchObject({ source: 'process' });
    gate.open();
  });

  test('/exit while the server is down: its own word counts, not a guess', async () => {
    await using world = await openFallibleWorld(install);
    const { claude, board } = world;
    const session = await claude.start();
    const { id } = await board.when('an agent', (agent) => agent.pid === session.pid);
    await world.killServer();
    await session.exit();
    await world.restartServer();
    await board.when(
      'its own word',
      ({ endedReason }) => endedReason?.includes('session ended') ?? false,
    );
    expect(await board.agent(id)).toMatchObject({
      endedReason: 'session ended (prompt_input_exit)',
    });
  });
});

describe.skipIf(!install.ok).concurrent('what only the screen tells', SLOW, () => {
  test('the trust dialog, with its lines; the same agent once it is answered', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await board.when('an agent', (agent) => agent.pid === first.pid);
    const second = await startUntrusted(world);
    await world.tick('tmux-watchdog');
    const waiting = await board.when('the dialog', (agent) => agent.attention === 'needs_you');
    expect(waiting).toMatchObject({
      pid: second.pid,
      tmuxPane: second.pane.id,
      rule: 'screen-dialog',
    });
    expect(waiting.project.path).toMatch(/other-shop$/);
    expect(waiting.screen?.lines.join('\n')).toMatch(TRUST);
    await second.press('1');
    await second.waitForStatus('idle');
    const own = await second.file();
    const trusted = await board.when('the session', ({ id, attention, sessionId }) => {
      return id === waiting.id && attention === 'idle' && sessionId === own?.sessionId;
    });
    expect(trusted.sessionIds).toEqual([own?.sessionId]);
    await world.tick('tmux-watchdog');
    expect(await board.agents()).toHaveLength(2);
  });

  test('the trust dialog, refused while the server is down', async () => {
    await using world = await openFallibleWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await board.when('an agent', (agent) => agent.pid === first.pid);
    const second = await startUntrusted(world);
    const { id } = await board.when('the dialog', (agent) => agent.attention === 'needs_you');
    await world.killServer();
    await second.press('2');
    await second.waitForScreen(/^[$#] ?$/m);
    await world.restartServer();
    await board.when('its end', (agent) => agent.id === id && agent.endedAt !== null);
  });

  test('a prompt that was typed and not sent', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const session = await claude.start();
    await session.prompt('Remember the shop');
    await board.when('an answer', (agent) => agent.attention === 'your_turn');
    await session.pane.paste('and the cart');
    await session.waitForScreen(/❯\u00a0and the cart/);
    world.pass(2_000);
    await lookTwice(world, 25_000);
    const typed = await board.when('the words', ({ rule }) => rule === 'unsent-prompt');
    expect(typed).toMatchObject({
      attention: 'your_turn',
      reason: 'the turn is finished; typed and not sent: and the cart',
    });
    await session.press('Enter');
    await board.when('the answer', ({ command, attention, screen }) => {
      return command?.prompt === 'and the cart' && attention === 'your_turn' && screen === null;
    });
  });

  test('/model, for which no hook is fired', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const session = await claude.start();
    await board.when('an agent', (agent) => agent.attention === 'idle');
    await session.prompt('/model');
    await session.waitForScreen(/Select model/);
    await session.waitForStatus('waiting');
    world.pass(2_000);
    await board.when('the session file', (agent) => agent.attention === 'needs_you');
    world.pass(2_000);
    await world.tick('tmux-watchdog');
    const shown = await board.when('the dialog', ({ rule }) => rule === 'screen-dialog');
    expect(shown.reason).toMatch(/^shows a dialog: Select model/);
    await session.press('Escape');
    await board.when('rest', ({ attention }) => attention === 'idle');
  });

  test('a Claude Code that is stopped in the middle of its work: stalled; its next word ends that', async () => {
    await using world = await openWorld(install);
    const { claude, board, model } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await gate.reached;
    await board.when('work', (agent) => agent.attention === 'working');
    await session.waitForScreen(/It begins in cart/);
    process.kill(session.pid, 'SIGSTOP');
    world.pass(2_000);
    await world.tick('tmux-watchdog');
    world.pass(15_000);
    await lookTwice(world, 200_000);
    const stalled = await board.when('a stall', (agent) => agent.attention === 'stalled');
    expect(stalled.screen?.lines.join('\n')).toMatch(/It begins in cart|esc to interrupt|…/);
    process.kill(session.pid, 'SIGCONT');
    gate.open();
    await board.when('the end', (agent) => agent.attention === 'your_turn');
  });
});
