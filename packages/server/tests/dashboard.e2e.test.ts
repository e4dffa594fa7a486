/** The built dashboard in a real browser, on a real server, while a recorded session plays. */
import { createTestDatabase, noteNotRun } from '@headspace/testkit';
import { findChromium, type Page } from '@headspace/testkit/browser';
import { spawnServer, startTestServer } from '@headspace/testkit/server';
import { describe, expect, test } from 'vitest';
import { logIn, PHONE, useBrowser } from './testing/dashboard-browser.ts';
import { recordedSession } from './testing/recorded-session.ts';

/** Approves a shell command: dialog, tool, answer. Lines are those of the recording. */
const RECORDING = 's02-permission-approve';
const LINES = { start: 0, prompt: 2, dialog: 4, toolEnds: 6, stop: 8, end: 24 };
const COMMAND = 'node test/cart.test.js';

const chromiumPath = findChromium();
if (chromiumPath === undefined)
  noteNotRun('the dashboard in a browser: Chromium is not installed.');

describe.skipIf(chromiumPath === undefined)('the dashboard in a browser', () => {
  const openPage = useBrowser(chromiumPath);

  test('follows an agent through its session, live, and asks nobody but its own server', async () => {
    await using database = await createTestDatabase();
    await using server = await startTestServer({ database });
    await using watched = await openPage();
    const { page, requests, complaints } = watched;
    const session = recordedSession(RECORDING, () => server);

    await logIn(page, server);
    // Gone after a reload, so that what is seen below came over the stream.
    await page.evaluate('window.sameDocument = true');
    await session.play(LINES.start);
    await card(page, 'idle').waitFor();
    await session.play(LINES.start + 1, LINES.prompt);
    await card(page, 'working').getByText('Run the unit tests').waitFor();
    await session.play(LINES.prompt + 1, LINES.dialog);
    await card(page, 'needs_you').getByText('Permission', { exact: true }).waitFor();
    expect(await card(page, 'needs_you').innerText()).toContain(COMMAND);
    await session.play(LINES.dialog + 1, LINES.toolEnds);
    await card(page, 'working').waitFor();
    expect(await card(page, 'working').innerText()).not.toContain(COMMAND);
    await session.play(LINES.toolEnds + 1, LINES.stop);
    await card(page, 'your_turn').waitFor();
    await session.play(LINES.end);
    await card(page, 'your_turn').waitFor({ state: 'detached' });
    await page.getByTestId('group-ended').getByRole('button').click();
    await card(page, 'ended').waitFor();

    expect(await page.getByTestId('agent-card').count()).toBe(1);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    expect(await page.evaluate('location.hash')).not.toContain('token');
    expect(requests.filter((url) => new URL(url).origin !== server.url)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('obeys the keyboard: j chooses, Enter opens, Escape closes', async () => {
    await using database = await createTestDatabase();
    await using server = await startTestServer({ database });
    await using watched = await openPage();
    const { page, complaints } = watched;
    for (const sessionId of ['first', 'second']) {
      await recordedSession(RECORDING, () => ({ ...server, sessionId })).play(0, LINES.dialog);
    }
    await logIn(page, server);
    await card(page, 'needs_you').nth(1).waitFor();

    const focused = async () =>
      page.evaluate(`document.activeElement?.closest('[data-agent-id]')?.dataset.agentId`);
    await page.keyboard.press('j');
    const first = await focused();
    await page.keyboard.press('j');
    const second = await focused();
    expect(new Set([first, second])).toEqual(new Set(['1', '2']));
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Agent details' });
    await panel.getByText(COMMAND).first().waitFor();
    expect(await page.evaluate('location.hash')).toBe(`#/agent/${String(second)}`);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await focused()).toBe(second);
    expect(complaints).toEqual([]);
  });

  test('fits a phone, with and without an open agent', async () => {
    await using database = await createTestDatabase();
    await using server = await startTestServer({ database });
    await using watched = await openPage(PHONE);
    const { page, complaints } = watched;
    const sessions = ['s02-permission-approve', 's04-ask-user-question', 's18-mcp-elicitation'];
    for (const name of sessions) await recordedSession(name, () => server).play(0, LINES.dialog);
    await logIn(page, server);
    await card(page, 'needs_you')
      .nth(sessions.length - 1)
      .waitFor();
    expect(await sidewaysScroll(page)).toBe(0);
    await card(page, 'needs_you').first().getByRole('link').tap();
    await page.getByRole('complementary', { name: 'Agent details' }).waitFor();
    expect(await sidewaysScroll(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('says that it is not live while the server is down, then shows the truth again', async () => {
    await using database = await createTestDatabase();
    await using first = await spawnServer({ database });
    const { home } = first.paths;
    await using watched = await openPage();
    const { page } = watched;
    const session = recordedSession(RECORDING, () => first);
    await logIn(page, first);
    await session.play(LINES.start, LINES.dialog);
    await card(page, 'needs_you').waitFor();

    await first.end('SIGKILL');
    await page.getByText('Not live.').waitFor();
    expect(await page.getByTestId('stream-state').getAttribute('data-state')).toBe('lost');
    // What was known stays on the page.
    expect(await card(page, 'needs_you').count()).toBe(1);

    const port = Number(new URL(first.url).port);
    await using _second = await spawnServer({ database, home, settings: { 'server.port': port } });
    await session.play(LINES.dialog + 1, LINES.stop);
    await page.locator('[data-testid=stream-state][data-state=live]').waitFor();
    await card(page, 'your_turn').waitFor();
    expect(await page.getByText('Not live.').count()).toBe(0);
    expect(await page.getByTestId('agent-card').count()).toBe(1);
  });
});

/** Opens the link that `npm start` prints, and waits until the page is live. */
function card(page: Page, attention: string) {
  return page.locator(`[data-testid=agent-card][data-attention=${attention}]`);
}

/** By how many pixels the page is wider than its window. */
async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}
