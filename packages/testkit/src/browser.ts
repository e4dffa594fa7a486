/**
 * A real Chromium on the built dashboard, and a record of what the page asked for and complained
 * about. The browser is the system's own: playwright-core brings none.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export type { Page } from 'playwright-core';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Names of the package on Debian and elsewhere. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of the browser: `CHROMIUM_PATH`, else one on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders
    .flatMap((folder) => PROGRAMS.map((program) => path.join(folder, program)))
    .find(isExecutable);
}

/** Builds the dashboard into packages/web/dist where its sources are newer than the last build. */
export async function buildDashboard(): Promise<void> {
  await promisify(execFile)(process.execPath, [path.join(ROOT, 'scripts/build-web.ts')]);
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Address of every request so far, in order. */
  readonly requests: readonly string[];
  /** Errors on the console (refused by the content security policy included) and uncaught ones. */
  readonly complaints: readonly string[];
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  return await chromium.launch({ executablePath });
}

/** A page of a browser profile of its own. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
