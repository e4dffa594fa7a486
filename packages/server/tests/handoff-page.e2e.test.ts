/** A handoff in the dashboard, in a real browser on a real server. */
import { noteNotRun } from '@headspace/testkit';
import { findChromium } from '@headspace/testkit/browser';
import { hasTmux } from '@headspace/testkit/tmux';
import { describe, expect, test } from 'vitest';
import { logIn, useBrowser } from './testing/dashboard-browser.ts';
import { ANSWER, openHandoffWorld, writeDocument } from './testing/handoff-world.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  noteNotRun('a handoff in a browser: Chromium is not installed.');
}

describe.skipIf(chromiumPath === undefined || !(await hasTmux()))('a handoff in a browser', () => {
  const openPage = useBrowser(chromiumPath);

  test('is asked for with a note, fails and is resumed, and leads to the successor', async () => {
    await using world = await openHandoffWorld({ settings: { 'handoff.writeDeadlineMs': 2_000 } });
    await using watched = await openPage();
    const { page, complaints } = watched;
    const [server] = world.servers;
    if (server === undefined) throw new Error('no server');
    await logIn(page, server);
    await page.getByTestId('agent-card').waitFor();
    await page.goto(`${server.url}/#/agent/${world.agentId}`);
    const panel = page.getByRole('region', { name: 'Handoff' });
    await panel.getByRole('button', { name: 'Hand over…' }).click();
    await page.keyboard.type('mind the gap');
    await panel.getByRole('button', { name: 'Hand over at its next rest' }).click();
    await panel.getByText('Waits for the agent’s rest').waitFor();
    await panel.getByText('Note: mind the gap').waitFor();
    await page.getByTestId('agent-card').getByText('handoff requested').waitFor();

    await world.answer(world.agentId, /mind the gap/, 'I will.');
    await panel.getByText('Failed: there is no document').waitFor();
    await panel.getByText('the agent did not write the document').waitFor();
    await writeDocument(await world.handoff(1));
    await panel.getByRole('button', { name: 'Resume' }).click();
    await world.until(1, 'launching');
    await panel.getByText('The successor is being started').waitFor();

    const [launch] = await world.launches();
    if (launch === undefined) throw new Error('no launch');
    const successorId = await world.arrive(launch);
    await panel.getByText(/Its work goes on with/).waitFor();
    await page.getByText('This agent has handed over: write to its successor.').waitFor();
    await world.answer(successorId, /start\]/, 'Read.');
    await world.answer(successorId, /questions/, ANSWER.replace('word3', ''));
    await panel.getByText('92 of 100').waitFor();
    await panel.getByText('What was missed').click();
    await panel.getByText('word3', { exact: true }).waitFor();

    await panel.getByRole('link').click();
    await page.waitForURL(new RegExp(`agent/${successorId}$`));
    await page.getByText(/It has taken over from/).waitFor();
    expect(complaints).toEqual([]);
  });
});
