/** The personas page in a real browser: make, edit, a conflict, learnings, and the agent's card. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTestDatabase, noteNotRun } from '@headspace/testkit';
import { findChromium, type Page } from '@headspace/testkit/browser';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { logIn, PHONE, useBrowser } from './testing/dashboard-browser.ts';
import { addLaunch, start } from './testing/persona-world.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined) noteNotRun('the personas page: Chromium is not installed.');

describe.skipIf(chromiumPath === undefined)('the personas page', () => {
  const openPage = useBrowser(chromiumPath);

  test('makes a persona, edits its files, and writes over nobody’s change', async () => {
    await using at = await open();
    const { page, inHome } = at;
    await page.getByLabel('Name').fill('Not A Name');
    await page.getByLabel('Who it is and what it can do').fill('You review code.');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('alert').getByText('lower-case').waitFor();
    await page.getByLabel('Name').fill('reviewer');
    await page.getByRole('button', { name: 'Make it' }).click();
    await persona(page, 'reviewer').locator('summary').click();
    const skill = persona(page, 'reviewer').getByRole('textbox', { name: 'skill.md' });
    await expect.poll(() => skill.inputValue()).toBe('You review code.');
    await skill.fill('You review code with care.');
    await page.getByRole('button', { name: 'Save' }).click();
    const file = inHome('personas/reviewer/skill.md');
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('You review code with care.');

    await skill.fill('Mine.');
    writeFileSync(file, 'Theirs.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await expect.poll(() => skill.inputValue()).toBe('Theirs.');
    expect(readFileSync(file, 'utf8')).toBe('Theirs.');
  });

  test('keeps what a person accepts, in their words', async () => {
    await using at = await open({ 'personas/reviewer/skill.md': 'You review code.' });
    const { page, server, inHome } = at;
    await learn(server, 'Tests first, I think.');
    await learn(server, 'Nothing.');
    await persona(page, 'reviewer').getByText('2 to review').waitFor();
    await persona(page, 'reviewer').locator('summary').click();
    const first = page.getByTestId('learning').first();
    await first.getByRole('textbox').fill('Tests first.');
    await first.getByRole('button', { name: 'Accept' }).click();
    await persona(page, 'reviewer').getByText('1 to review').waitFor();
    await page.getByTestId('learning').first().getByRole('button', { name: 'Reject' }).click();
    await expect.poll(() => page.getByTestId('learning').count()).toBe(0);
    expect(readFileSync(inHome('personas/reviewer/experience.md'), 'utf8')).toBe(
      '- Tests first. <!-- learning 1 -->\n',
    );
    expect(at.complaints).toEqual([]);
  });

  test('is on the agent’s card with what is wrong, and fits a phone', async () => {
    await using at = await open({ 'personas/reviewer/skill.md': 'You review code.' }, PHONE);
    const { page, server, pool } = at;
    const launch = await addLaunch(pool, server.context.hostId);
    await start(server, { headers: { launch } });
    const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(tooWide)).toBe(0);
    await persona(page, 'reviewer').getByText('1 agent').waitFor();
    await page.getByRole('button', { name: 'Back to the board' }).click();
    await page.getByTestId('agent-card').getByText('reviewer').click();
    const told = page.getByTestId('agent-persona');
    await told.getByText('there are no guardrails').waitFor();
    await told.getByText('given, not proved yet with the start of the session').waitFor();
  });

  interface Opened extends AsyncDisposable {
    readonly page: Page;
    readonly server: TestServer;
    readonly pool: pg.Pool;
    readonly complaints: readonly string[];
    inHome(path: string): string;
  }

  async function open(files: Record<string, string> = {}, options = {}): Promise<Opened> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const server = stack.use(await startTestServer({ database }));
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    pool.on('error', () => undefined);
    stack.defer(async () => pool.end());
    const inHome = (path: string): string => join(server.paths.home, path);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(inHome(path)), { recursive: true });
      writeFileSync(inHome(path), content);
    }
    const watched = stack.use(await openPage(options));
    const { page, complaints } = watched;
    await logIn(page, server);
    if (options === PHONE) await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Personas' }).locator('visible=true').click();
    await page.getByRole('button', { name: 'Make it' }).waitFor();
    const owned = stack.move();
    const dispose = async (): Promise<void> => owned.disposeAsync();
    return { page, server, pool, complaints, inHome, [Symbol.asyncDispose]: dispose };
  }
});

function persona(page: Page, slug: string) {
  return page.locator(`[data-testid=persona][data-slug="${slug}"]`);
}

async function learn(server: TestServer, text: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/personas/reviewer/learnings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ text }),
  });
  expect(answer.status).toBe(201);
}
