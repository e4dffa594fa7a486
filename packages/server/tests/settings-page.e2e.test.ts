/** The settings page in a real browser: change, reasons, conflict, undo, a file broken by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createTestDatabase, noteNotRun } from '@headspace/testkit';
import { findChromium, type Page } from '@headspace/testkit/browser';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { describe, expect, test } from 'vitest';
import { logIn, PHONE, useBrowser } from './testing/dashboard-browser.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined) noteNotRun('the settings page: Chromium is not installed.');

describe.skipIf(chromiumPath === undefined)('the settings page', () => {
  const openPage = useBrowser(chromiumPath);

  test('changes a value in the file, takes it over, and takes it back', async () => {
    await using at = await open('# mine\nlog: {level: info} # kept\n');
    const { page, server, file } = at;
    await field(page, 'events.maxStreams').fill('9');
    await page.getByText('One change.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(readFileSync(file, 'utf8')).toBe(
      '# mine\nlog: {level: info} # kept\nevents:\n  maxStreams: 9\n',
    );
    expect(server.context.settings['events.maxStreams']).toBe(9);
    await row(page, 'events.maxStreams').getByText('from config.yaml:4').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(page, 'events.maxStreams').getByText('default;').waitFor();
    expect(readFileSync(file, 'utf8')).toBe('# mine\nlog: {level: info} # kept\n');
    expect(at.complaints).toEqual([]);
  });

  test('shows the reason at the field, and which values need a restart', async () => {
    await using at = await open('');
    const { page } = at;
    await field(page, 'hooks.maxTries').fill('1000');
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'hooks.maxTries').getByRole('alert').getByText('1000').waitFor();
    await field(page, 'hooks.maxTries').fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await row(page, 'hooks.maxTries').getByText('restart needed').waitFor();
    await page.getByText('Restart the server').waitFor();
  });

  test('shows both values of a conflict, and the person decides', async () => {
    await using at = await open('');
    const { page, file } = at;
    await field(page, 'events.maxStreams').fill('9');
    await field(page, 'hooks.maxTries').fill('4');
    writeFileSync(file, 'events.maxStreams: 7\n');
    await page.getByRole('button', { name: 'Save' }).click();
    const conflict = page.getByTestId('conflict');
    await conflict.waitFor();
    expect(await conflict.innerText()).toMatch(/There: 7\. Yours: 9\./);
    expect(readFileSync(file, 'utf8')).toBe('events.maxStreams: 7\n');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(readFileSync(file, 'utf8')).toBe('events.maxStreams: 7\nhooks.maxTries: 4\n');
  });

  test('says on the board and here that a file is broken, with line and column', async () => {
    await using at = await open('');
    const { page, file } = at;
    writeFileSync(file, 'log:\n  level: [info\n');
    await page.getByText('Line 3, column 1').waitFor();
    await page.getByRole('button', { name: 'Back to the board' }).click();
    await page.getByText('config.yaml is not taken over').waitFor();
  });

  test('finds settings by words, shows no secret, and fits a phone', async () => {
    await using at = await open('database.url: postgres://n0t-shown\n', PHONE);
    const { page } = at;
    expect(await page.content()).not.toContain('n0t-shown');
    await page.getByLabel('Search the settings').fill('retention stream');
    await expect.poll(() => page.getByTestId('setting').count()).toBe(1);
    await page.getByLabel('Search the settings').fill('');
    await field(page, 'events.maxStreams').fill('9');
    await page.getByTestId('save-bar').waitFor();
    const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(tooWide)).toBe(0);
  });

  interface Opened extends AsyncDisposable {
    readonly page: Page;
    readonly server: TestServer;
    readonly file: string;
    readonly complaints: readonly string[];
  }

  async function open(text: string, options = {}): Promise<Opened> {
    const database = await createTestDatabase();
    const server = await startTestServer({ database });
    const file = server.paths.configFile;
    writeFileSync(file, text);
    const watched = await openPage(options);
    const { page, complaints } = watched;
    await logIn(page, server);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByTestId('setting').first().waitFor();
    return {
      page,
      server,
      file,
      complaints,
      async [Symbol.asyncDispose]() {
        await watched[Symbol.asyncDispose]();
        await server.stop();
        await database[Symbol.asyncDispose]();
      },
    };
  }
});

function row(page: Page, name: string) {
  return page.locator(`[data-testid=setting][data-name="${name}"]`);
}

function field(page: Page, name: string) {
  return row(page, name).getByRole('textbox');
}
