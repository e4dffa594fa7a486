/** Finds the server to play into, or starts one. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homePaths, loadSettings, readLine, type HomePaths } from '@headspace/home';
import type { Target } from './play-target.ts';
import { startOwnServer } from './own-server.ts';

export interface TargetOptions {
  readonly url: string | undefined;
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const LOOK_TIMEOUT_MS = 2_000;
const NEVER = new Promise<never>(() => undefined);

/**
 * The server that was named, else the one that runs for this person, else a new one.
 * Throws an Error with a sentence where a named one cannot be used.
 */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const env = options.home === undefined ? options.env : { HEADSPACE_HOME: options.home };
  const paths = homePaths(env);
  const url = options.url ?? urlOf(paths, env);
  const hookToken = readLine(paths.hookToken);
  const operatorToken = readLine(paths.operatorToken);
  const named = options.url !== undefined || options.home !== undefined;
  if (hookToken === undefined || operatorToken === undefined) {
    if (!named) return await startOwnServer();
    throw new Error(`There are no tokens in ${paths.home}: name the server's home with --home.`);
  }
  const problem = await problemOf(url, hookToken);
  if (problem === undefined) {
    // A host of its own: these agents have no processes and panes here.
    const host = `demo-${randomUUID().slice(0, 8)}`;
    const close = () => Promise.resolve();
    return { url, hookToken, operatorToken, host, claudeFolder: undefined, lost: NEVER, close };
  }
  if (!named) return await startOwnServer();
  throw new Error(`The server at ${url} cannot be used: ${problem}.`);
}

function urlOf(paths: HomePaths, env: TargetOptions['env']): string {
  const path = paths.configFile;
  const file = existsSync(path) ? { path, text: readFileSync(path, 'utf8') } : undefined;
  const port = loadSettings({ env, file })['server.port'];
  const free = port === 0 ? readLine(paths.hookUrl) : undefined;
  return free ?? `http://127.0.0.1:${String(port)}`;
}

/** Undefined for a Headspace that takes this token. */
async function problemOf(url: string, hookToken: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/hook/status`, {
      headers: { authorization: `Bearer ${hookToken}` },
      signal: AbortSignal.timeout(LOOK_TIMEOUT_MS),
    });
    const text = await answer.text();
    if (answer.status === 401) return 'its tokens are others than those of the home';
    return answer.ok && text.includes('received') ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
