/** Starting the real Claude Code from the dashboard, in a real browser. */
import { noteNotRun } from '@headspace/testkit';
import { buildDashboard, findChromium, launchChromium, openPage } from '@headspace/testkit/browser';
import { installClaude, say } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  noteNotRun('starting an agent in a browser: Chromium is not installed.');
}
const runs = install.ok && chromiumPath !== undefined;

describe.skipIf(!runs)('a new agent from the dashboard', { timeout: 120_000 }, () => {
  test('by keyboard: n, folder, message, Enter; then its panel is open', async () => {
    await buildDashboard();
    await using world = await openWorld(install);
    world.model.on(/introduce/, say('I am the new one.'));
    const browser = await launchChromium(chromiumPath ?? '');
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => browser.close());
    await using watched = await openPage(browser);
    const { page, complaints } = watched;
    const { url, operatorToken } = world.address();
    await page.goto(`${url}/#token=${operatorToken}`);
    await page.getByTestId('empty-board').waitFor();
    await page.keyboard.press('n');
    const folder = page.getByLabel('Project folder');
    await folder.fill('/nowhere/at/all');
    await folder.press('Enter');
    await page.getByText('is not a directory on the machine of this server').waitFor();
    await folder.fill(world.claude.projectFolder);
    await page.getByLabel('First message').fill('introduce yourself');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Agent details' });
    await panel.getByText('The turn is finished').first().waitFor();
    expect(await page.getByTestId('new-agent').isVisible()).toBe(false);
    await panel.getByRole('button', { name: 'End session' }).click();
    await panel.getByRole('button', { name: 'Really end it' }).click();
    await panel.getByRole('button', { name: 'End session' }).waitFor({ state: 'detached' });
    await panel.getByText('Ended', { exact: true }).first().waitFor();
    // The refusal of the first folder is a failed request, which the browser notes.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });
});
