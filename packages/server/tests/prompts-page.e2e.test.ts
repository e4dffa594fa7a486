/** Writing to an agent in the dashboard, in a real browser on a real server. */
import { noteNotRun } from '@headspace/testkit';
import { findChromium, type Page } from '@headspace/testkit/browser';
import { describe, expect, test } from 'vitest';
import { logIn, PHONE, useBrowser } from './testing/dashboard-browser.ts';
import { openPromptWorld, type PromptWorld } from './testing/prompt-world.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  noteNotRun('writing to an agent in a browser: Chromium is not installed.');
}

describe.skipIf(chromiumPath === undefined)('writing to an agent in a browser', () => {
  const openPage = useBrowser(chromiumPath);

  test('by keyboard: m, words, Enter; the queue follows the server', async () => {
    await using world = await openPromptWorld();
    await using watched = await openPage();
    const { page, complaints } = watched;
    await logIn(page, serverOf(world));
    await page.keyboard.press('j');
    await page.keyboard.press('m');
    const field = page.getByLabel('Message', { exact: true });
    await page.waitForFunction(`document.activeElement?.tagName === 'TEXTAREA'`);
    await page.keyboard.type('run the');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('m tests');
    await page.keyboard.press('Enter');
    await prompt(page, 'queued').getByText('Next').waitFor();
    expect(await field.inputValue()).toBe('');
    const [given] = await world.prompts();
    expect(given?.text).toBe('run the\nm tests');

    if (given === undefined) throw new Error('nothing was given');
    await world.claim(given);
    await prompt(page, 'delivering').getByText('Being delivered').waitFor();
    await world.submit(given.text, 'p1');
    await prompt(page, 'accepted').getByText('Arrived').waitFor();
    // Escape leaves the field, and again the panel.
    await field.focus();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('complementary', { name: 'Agent details' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Agent details' }).waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('what waits can be edited, put first, cancelled and brought back', async () => {
    await using world = await openPromptWorld();
    await using watched = await openPage();
    const { page, complaints } = watched;
    const path = `/api/agents/${world.agentId}/prompts`;
    for (const text of ['one', 'two']) await world.api('POST', path, { text });
    await logIn(page, serverOf(world));
    await page.goto(`${world.servers[0]?.url ?? ''}/#/agent/${world.agentId}`);
    const second = page.getByTestId('prompt').filter({ hasText: 'two' });
    await second.getByRole('button', { name: 'Send next' }).click();
    await second.getByText('Next', { exact: true }).waitFor();
    await second.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Text of the message').fill('two and a half');
    await page.keyboard.press('Enter');
    const edited = page.getByTestId('prompt').filter({ hasText: 'two and a half' });
    await edited.getByRole('button', { name: 'Cancel' }).click();
    await edited.getByRole('button', { name: 'Undo' }).click();
    await edited.getByText('Next', { exact: true }).waitFor();
    expect((await world.prompts()).map(({ text, state }) => `${text} ${state}`)).toEqual([
      'two and a half queued',
      'one queued',
    ]);
    expect(complaints).toEqual([]);
  });

  test('a draft outlives the panel and a reload; a refusal says what to do', async () => {
    await using world = await openPromptWorld({ settings: { 'prompts.maxQueued': 1 } });
    await using watched = await openPage();
    const { page } = watched;
    await world.api('POST', `/api/agents/${world.agentId}/prompts`, { text: 'one' });
    await logIn(page, serverOf(world));
    await page.goto(`${world.servers[0]?.url ?? ''}/#/agent/${world.agentId}`);
    await page.getByLabel('Message', { exact: true }).fill('not lost');
    await page.reload();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('alert').getByText('Wait until some have arrived').waitFor();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('not lost');
  });

  test('a message whose answer was lost is not sent twice', async () => {
    await using world = await openPromptWorld();
    await using watched = await openPage();
    const { page } = watched;
    await logIn(page, serverOf(world));
    await page.goto(`${world.servers[0]?.url ?? ''}/#/agent/${world.agentId}`);
    let lost = 0;
    await page.route('**/prompts', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await page.getByLabel('Message', { exact: true }).fill('only once');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('does not answer').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expect.poll(async () => page.locator('textarea').inputValue()).toBe('');
    expect(lost).toBe(1);
    expect((await world.prompts()).map(({ text }) => text)).toEqual(['only once']);
  });

  test('fits a phone', async () => {
    await using world = await openPromptWorld();
    await using watched = await openPage(PHONE);
    const { page, complaints } = watched;
    const path = `/api/agents/${world.agentId}/prompts`;
    await world.api('POST', path, { text: 'x'.repeat(200) });
    await world.api('POST', path, { text: '/compact', command: true });
    await logIn(page, serverOf(world));
    await page.getByText('2 to deliver').waitFor();
    await page.getByTestId('agent-card').getByRole('link').tap();
    await prompt(page, 'queued').nth(1).waitFor();
    for (const box of ['document.scrollingElement', `document.querySelector('[data-panel]')`]) {
      expect(await page.evaluate(`${box}.scrollWidth - ${box}.clientWidth`)).toBe(0);
    }
    expect(complaints).toEqual([]);
  });
});

function prompt(page: Page, state: string) {
  return page.locator(`[data-testid=prompt][data-state=${state}]`);
}

function serverOf({ servers: [server] }: PromptWorld) {
  if (server === undefined) throw new Error('no server');
  return server;
}
