/** Interrupts and answers by key, in the real Claude Code. */
import type { KeyResult, Problem, TerminalView } from '@headspace/contract';
import {
  askUserQuestion,
  bash,
  installClaude,
  say,
  saySlowly,
  useTools,
} from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 120_000 };

describe.skipIf(!install.ok).concurrent('keys in the real Claude Code', SLOW, () => {
  test('an interrupt stops the turn; at rest nothing is pressed', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, desk, headspace } = world;
    const gate = model.gate();
    model.on(/slowly/, saySlowly('Let me think.', gate));
    const session = await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const path = `/api/agents/${id}/interrupt`;
    const early = await desk.call<Problem>('POST', path, {});
    expect(early).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
    await session.prompt('go slowly');
    await gate.reached;
    await board.when('work', ({ attention }) => attention === 'working');
    // With a status line nothing on the screen says so, but the title does.
    await expect
      .poll(async () => (await desk.call<TerminalView>('GET', `/api/agents/${id}/terminal`)).body)
      .toMatchObject({ working: true });
    const done = await desk.call<KeyResult>('POST', path, {});
    expect(done).toMatchObject({ status: 200, body: { done: true } });
    expect(done.body.terminal).toMatchObject({ surface: 'prompt-box', working: false });
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    const again = await headspace('interrupt', String(id));
    expect(again).toMatchObject({ code: 1 });
    expect(again.output).toMatch(/nothing to interrupt/);
  });

  test('an answer goes to the dialog that the person saw, and to no other', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, desk, headspace } = world;
    model.on(/two steps/, useTools(bash('git push origin main')), useTools(bash('rm x')), say('.'));
    model.on(
      /ask me/,
      useTools(
        askUserQuestion({ question: 'Which?', header: 'Provider', options: ['Stripe', 'Adyen'] }),
      ),
      say('Noted.'),
    );
    const session = await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const terminal = async () =>
      (await desk.call<TerminalView>('GET', `/api/agents/${id}/terminal`)).body;
    const answer = async (option: unknown, expect_: string) =>
      desk.call<KeyResult & Problem>('POST', `/api/agents/${id}/answer`, {
        option,
        expect: expect_,
      });
    expect(await answer(1, 'none')).toMatchObject({
      status: 409,
      body: { code: 'dialog_changed' },
    });

    await session.prompt('two steps');
    await session.waitForScreen(/Do you want to proceed/);
    const first = await terminal();
    expect(first.dialog).toMatchObject({ kind: 'permission', title: 'Bash command' });
    const fingerprint = first.dialog?.fingerprint ?? '';
    expect(await answer(7, fingerprint)).toMatchObject({ status: 400 });
    expect(await answer(1, fingerprint)).toMatchObject({ status: 200, body: { done: true } });
    await session.waitForScreen(/rm x/);
    await session.waitForScreen(/Do you want to proceed/);
    // The first dialog's answer, once more: it must not allow the second one.
    expect(await answer(1, fingerprint)).toMatchObject({
      status: 409,
      body: { code: 'dialog_changed' },
    });
    const left = await headspace('answer', String(id), 'escape');
    expect(left).toMatchObject({ code: 0 });
    await board.when('the end', ({ attention }) => attention === 'your_turn');

    await session.prompt('ask me');
    await session.waitForScreen(/Which\?/);
    const shown = await headspace('answer', String(id));
    expect(shown.output).toContain('2. Adyen');
    expect(await headspace('answer', String(id), '2')).toMatchObject({ code: 0 });
    await session.waitForScreen(/Which\? → Adyen/);
  });
});
