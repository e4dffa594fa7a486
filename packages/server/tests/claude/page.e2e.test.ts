/** A person at the dashboard and the real Claude Code in tmux: prompt, answer, interrupt. */
import { noteNotRun } from '@headspace/testkit';
import { buildDashboard, findChromium, launchChromium, openPage } from '@headspace/testkit/browser';
import { bash, installClaude, say, saySlowly, useTools } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openFallibleWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** By how much the panel is wider than a phone. */
const TOO_WIDE = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(
  document.querySelector('[data-panel]'))`;

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  noteNotRun('the dashboard beside the real Claude Code: Chromium is not installed.');
}

describe.skipIf(!install.ok || chromiumPath === undefined)('at the dashboard', () => {
  test(
    'words arrive, a dialog is answered by its button, a turn is interrupted',
    { timeout: 120_000 },
    async () => {
      await buildDashboard();
      await using world = await openFallibleWorld(install);
      const { model, claude, board } = world;
      const gate = model.gate();
      model.on(/make a file/, useTools(bash('touch made.txt')), say('The file is there.'));
      model.on(/slowly/, saySlowly('Let me think.', gate));
      await claude.start();
      const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');

      const browser = await launchChromium(chromiumPath ?? '');
      await using stack = new AsyncDisposableStack();
      stack.defer(async () => browser.close());
      const { page, complaints } = stack.use(await openPage(browser));
      const { url, operatorToken } = world.server;
      await page.goto(`${url}/#token=${encodeURIComponent(operatorToken)}`);
      await page.locator('[data-testid=stream-state][data-state=live]').waitFor();
      await page.goto(`${url}/#/agent/${id}`);
      const field = page.getByLabel('Message', { exact: true });
      const arrived = page.locator('[data-testid=prompt][data-state=accepted]');

      await field.fill('Please make a file');
      await field.press('Enter');
      await arrived.filter({ hasText: 'Please make a file' }).waitFor();
      const answer = page.getByTestId('dialog-answer');
      const yes = answer.getByRole('button', { name: /^Yes$/ });
      await yes.waitFor();
      await page.setViewportSize({ width: 390, height: 844 });
      await answer.getByText('As it stands in the terminal').click();
      await answer.getByText('Do you want to proceed?').waitFor();
      expect(await page.evaluate(TOO_WIDE)).toBe(0);
      await yes.click();
      await board.when('the end of the turn', ({ attention }) => attention === 'your_turn');
      await answer.waitFor({ state: 'detached' });

      await field.fill('now slowly');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await arrived.filter({ hasText: 'now slowly' }).waitFor();
      await gate.reached;
      await page.getByRole('button', { name: 'Interrupt the turn' }).click();
      await board.when('the interrupt', ({ attention }) => attention === 'your_turn');
      const turns = (await board.turns(id)).filter(({ kind }) => kind === 'prompt');
      expect(turns.map(({ text }) => text)).toEqual(['Please make a file', 'now slowly']);
      expect(complaints).toEqual([]);
    },
  );
});
