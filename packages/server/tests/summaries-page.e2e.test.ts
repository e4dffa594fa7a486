/** Summaries in a real browser: the line on the card, the pause switch, what it took. */
import { createTestDatabase, noteNotRun } from '@headspace/testkit';
import { findChromium } from '@headspace/testkit/browser';
import { startTestServer } from '@headspace/testkit/server';
import { describe, expect, test } from 'vitest';
import { logIn, useBrowser } from './testing/dashboard-browser.ts';
import { createProviderStub } from '../src/features/summaries/testing/provider-stub.ts';
import { post } from './testing/hook-world.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined) noteNotRun('summaries on the page: Chromium is not installed.');

const WAIT = { timeout: 30_000 };

describe.skipIf(chromiumPath === undefined)('summaries on the page', () => {
  const openPage = useBrowser(chromiumPath);

  test('the outcome comes onto the card; pause, calls and budget stand with the server', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const stub = stack.use(await createProviderStub());
    const server = stack.use(
      await startTestServer({
        database,
        settings: {
          'summaries.provider': 'openai-compatible',
          'summaries.baseUrl': `${stub.url}/v1`,
          'summaries.model': 'claude-haiku-4-5',
        },
      }),
    );
    const { page, complaints } = stack.use(await openPage());
    await logIn(page, server);
    const hook = async (event: string, payload: object): Promise<void> => {
      const session = { session_id: 's1', cwd: '/home/dev/shop', prompt_id: 'p1' };
      expect((await post(server, { event, payload: { ...session, ...payload } })).ok).toBe(true);
    };
    await hook('SessionStart', { source: 'startup' });
    await hook('UserPromptSubmit', { prompt: 'Please make the basket of the shop faster' });
    const answer =
      'The basket opens at once now.\n\nIt had asked the database for each of its rows.';
    await hook('Stop', { last_assistant_message: answer });
    await page.getByTestId('outcome').getByText('stub: It had asked the database').waitFor(WAIT);
    await page.goto(`${server.url}/#/server`);
    const section = page.getByTestId('summaries');
    await section.getByText('Made by openai-compatible, claude-haiku-4-5.').waitFor(WAIT);
    await section.getByText('of 500,000 tokens today').waitFor(WAIT);
    await section.getByText('Last calls of the model').click();
    await section.getByText('120 tokens, $0.0002').first().waitFor(WAIT);
    await section.getByRole('button', { name: 'Pause summaries' }).click();
    await section.getByText('Paused. Nothing is made').waitFor(WAIT);
    expect(server.context.settings['summaries.paused']).toBe(true);
    await section.getByRole('button', { name: 'Resume summaries' }).click();
    await section.getByText('Made by openai-compatible').waitFor(WAIT);
    expect(complaints).toEqual([]);
  });
});
