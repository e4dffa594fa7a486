/** The dashboard in a real browser, for the tests of one block. */
import {
  buildDashboard,
  launchChromium,
  openPage,
  type Page,
  type WatchedPage,
} from '@headspace/testkit/browser';
import { afterAll, beforeAll } from 'vitest';
import type { BoardAddress } from './board.ts';

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

type PageOptions = Parameters<typeof openPage>[1];

/**
 * Chromium on the built dashboard: started before the first test of the block, closed after its last.
 * The result opens a page of a profile of its own.
 */
export function useBrowser(
  executablePath: string | undefined,
): (options?: PageOptions) => Promise<WatchedPage> {
  let browser: Awaited<ReturnType<typeof launchChromium>> | undefined;
  beforeAll(async () => {
    await buildDashboard();
    browser = await launchChromium(executablePath ?? '');
  });
  afterAll(async () => browser?.close());
  return async (options) => {
    if (browser === undefined) throw new Error('the browser has not started');
    return openPage(browser, options);
  };
}

/** Opens the dashboard by the link that the server prints; resolves once it follows the server. */
export async function logIn(
  page: Page,
  { url, operatorToken }: Pick<BoardAddress, 'url' | 'operatorToken'>,
): Promise<void> {
  await page.goto(`${url}/#token=${encodeURIComponent(operatorToken)}`);
  await page.locator('[data-testid=stream-state][data-state=live]').waitFor();
}
