/** The server dies under the real Claude Code and comes back: nothing lost, no lie on the board. */
import {
  bash,
  installClaude,
  say,
  saySlowly,
  useTools,
  type ClaudeSession,
} from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { openFallibleWorld, type FallibleWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

/** Hooks show themselves on the screen only while they run; at rest nothing of them is left. */
async function expectCleanScreen(session: ClaudeSession): Promise<void> {
  await session.waitForStatus('idle');
  const screen = await session.waitForScreen(/^(?![^]*running stop hook)/);
  expect(screen).not.toMatch(/hook|error|refused/i);
}

/** Everything that was spooled has been taken in by the server that was started again. */
async function spoolTakenIn({ headspace }: FallibleWorld): Promise<void> {
  let output = '';
  await waitUntil(
    async () => {
      ({ output } = await headspace('hooks', 'flush', '--json'));
      return (JSON.parse(output) as { waiting?: number }).waiting === 0;
    },
    { what: () => `an empty spool; the last flush said ${output}`, timeoutMs: 15_000 },
  );
}

describe.skipIf(!install.ok).concurrent('a server that dies under Claude Code', SLOW, () => {
  test('killed while it works: every turn arrives, Claude’s screen stays clean', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate, 'It ends there.'));
    model.on(/look around/i, useTools(bash('ls')), say('An empty shop.'));
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await gate.reached;
    const { id } = await board.when('work', (a) => a.attention === 'working');
    await world.killServer();
    gate.open();
    await session.waitForScreen(/It ends there\./);
    await expectCleanScreen(session);
    await session.prompt('Please look around');
    await session.waitForScreen(/An empty shop\./);
    await expectCleanScreen(session);

    await world.restartServer();
    await board.when(
      'the second turn',
      (a) => a.command?.prompt === 'Please look around' && a.attention === 'your_turn',
    );
    await spoolTakenIn(world);
    const agent = await board.only();
    expect(agent).toMatchObject({ id, state: 'complete', reason: 'the turn is finished' });
    expect((await board.turns(id)).map(({ text }) => text)).toEqual([
      'Explain the checkout',
      'It begins in cart.js.\n\nIt ends there.',
      'Please look around',
      'An empty shop.',
    ]);
    const steps = await board.transitions(id);
    expect(steps.map(({ reason }) => reason)).not.toContain('the turn was interrupted');
  });

  test('interrupted meanwhile: the prompt arrives late and leaves no work that nobody does', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const session = await claude.start();
    const { id } = await board.when('a fresh agent', (a) => a.attention === 'idle');
    await world.killServer();
    await session.prompt('Explain the checkout');
    await session.waitForScreen(/It begins in cart\.js\./);
    await session.press('Escape');
    await expectCleanScreen(session);

    await world.restartServer();
    await spoolTakenIn(world);
    // The spooled prompt can be taken in before the first look at the session file.
    const agent = await board.when('the end', (a) => a.attention === 'your_turn');
    expect(agent).toMatchObject({
      id,
      state: 'complete',
      command: { prompt: 'Explain the checkout' },
    });
  });

  test('started and killed meanwhile: its agent is seen, and ended', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    await world.killServer();
    const session = await claude.start();
    await session.prompt('Explain the checkout');
    await session.waitForScreen(/It begins in cart\.js\./);
    await session.kill9();
    await world.restartServer();
    await spoolTakenIn(world);
    const agent = await board.when('the end', (a) => a.attention === 'ended');
    expect(agent.evidence[0]).toMatchObject({ source: 'process' });
    expect((await board.turns(agent.id))[0]?.text).toBe('Explain the checkout');
  });
});
