/** A server of the demo's own: temporary home, database inside it, free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environmentName } from '@headspace/contract';
import { homePaths, readLine } from '@headspace/home';
import type { Target } from './play-target.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.resolve('@headspace/server')));
/** A little more than the server itself takes before it gives up. */
const STOP_TIMEOUT_MS = 20_000;

/** Starts it and waits until it answers. Throws with its own words where it does not start. */
export async function startOwnServer(): Promise<Target> {
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-demo-'));
  // As root the database runs under another account, which has to pass through here.
  await chmod(home, process.getuid?.() === 0 ? 0o711 : 0o700);
  const claudeFolder = path.join(home, 'claude');
  await mkdir(claudeFolder);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      HEADSPACE_HOME: home,
      [environmentName('server.port')]: '0',
      [environmentName('claude.configDir')]: claudeFolder,
      [environmentName('log.level')]: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C is for the demo, which stops the server when it has no more use for it.
    detached: true,
  });
  const gone = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  const close = async (): Promise<void> => {
    await stop(child, gone);
    await rm(home, { recursive: true, force: true });
  };
  const lost = gone.then((end) => {
    throw new Error(`The server of the demo ended by itself (${end}).`);
  });
  lost.catch(() => undefined);
  try {
    const url = await Promise.race([announcedUrl(child), lost]);
    const paths = homePaths({ HEADSPACE_HOME: home });
    const [hookToken, operatorToken, host] = [paths.hookToken, paths.operatorToken, paths.hostId]
      .map(readLine)
      .map((line) => line ?? '') as [string, string, string];
    return { url, hookToken, operatorToken, host, claudeFolder, lost, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function announcedUrl(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  for (;;) {
    const url = /running at (http:\S+)/.exec(text)?.[1];
    if (url !== undefined) return url;
    if (child.stdout !== null) await once(child.stdout, 'data');
  }
}

async function stop(child: ChildProcess, gone: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timeout = new AbortController();
  const late = delay(STOP_TIMEOUT_MS, 'late', { signal: timeout.signal }).catch(() => 'aborted');
  if ((await Promise.race([gone, late])) === 'late') child.kill('SIGKILL');
  timeout.abort();
  await gone;
}
