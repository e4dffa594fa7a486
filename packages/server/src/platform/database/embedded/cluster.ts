/** Makes, starts and stops one PostgreSQL cluster. No supervision, no policy. */
import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../error-code.ts';
import { StartError } from '../start-error.ts';
import { asAccount, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import {
  disarmPostmasterFile,
  readPostmasterFile,
  runningPostmaster,
  servesFolder,
} from './postmaster-file.ts';

const run = promisify(execFile);

export interface Cluster {
  readonly dataDir: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
}

export interface StartOptions {
  readonly port: number;
  /** Server settings, as in postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>;
  /** Receives what the server prints; appended to. */
  readonly logFile: string;
  readonly timeoutMs: number;
}

/** The role that initdb makes. */
export const SUPERUSER = 'postgres';

/** How PostgreSQL ends: `fast` ends sessions and writes everything, `immediate` does not write. */
export type StopMode = 'fast' | 'immediate';

const STOP_SIGNAL = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const POLL_MS = 10;
/** What the server prints before its own log files take over: a few lines a start. */
const LOG_LIMIT_BYTES = 1_000_000;

/** What the server must not inherit: another PostgreSQL's settings, our library paths. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Makes an empty cluster: UTF-8 text, C collation (the same order on every machine), checksums.
 * `durable: false` skips the flush to disk, for tests only. Throws StartError.
 */
export async function initCluster(
  cluster: Cluster,
  options: { password: string; durable: boolean; flags?: readonly string[] },
): Promise<void> {
  const { dataDir, account, binaries } = cluster;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = `${dataDir}.password`;
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (account !== undefined) {
    await chown(dataDir, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const args = [
    `--pgdata=${dataDir}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    ...(options.durable ? [] : ['--no-sync']),
    ...(options.flags ?? []),
  ];
  try {
    await run(binaries.initdb, args, { ...asAccount(account), cwd: '/', env: cleanEnvironment() });
  } catch (error) {
    throw new StartError(
      'cluster_start_failed',
      `PostgreSQL could not create its data in ${dataDir}`,
      'see the cause, or set DATABASE_URL to use another PostgreSQL',
      { cause: error },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Starts the server and resolves with its pid once it accepts connections. It is detached: a
 * signal to our process group (Ctrl-C) does not reach it, and it outlives us when we are killed.
 * Throws StartError `cluster_start_failed` with the server's last words.
 */
export async function startCluster(cluster: Cluster, options: StartOptions): Promise<number> {
  const { dataDir, account, binaries } = cluster;
  const left = await readPostmasterFile(dataDir);
  if (left !== undefined && !(await servesFolder(left.pid, dataDir))) {
    await disarmPostmasterFile(dataDir);
  }
  const settings = Object.entries(options.settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
  await using log = await open(options.logFile, 'a', 0o600);
  if ((await log.stat()).size > LOG_LIMIT_BYTES) await log.truncate();
  const logStart = (await log.stat()).size;
  const child = spawn(binaries.postgres, ['-D', dataDir, '-p', String(options.port), ...settings], {
    ...asAccount(account),
    cwd: '/',
    env: cleanEnvironment(),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  const exit: { reason?: string } = {};
  child.once('exit', (code, signalName) => (exit.reason = `exit ${String(code ?? signalName)}`));
  child.once('error', (error) => (exit.reason = error.message));
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const file = await readPostmasterFile(dataDir);
    if (child.pid !== undefined && file?.pid === child.pid && file.status === 'ready') {
      return child.pid;
    }
    if (exit.reason !== undefined || performance.now() > deadline) break;
    await delay(POLL_MS);
  }
  if (exit.reason === undefined) child.kill('SIGQUIT');
  const lastWords = await printedSince(options.logFile, logStart);
  throw new StartError(
    'cluster_start_failed',
    `PostgreSQL did not start on ${dataDir} (${exit.reason ?? 'no answer in time'}): ${lastWords}`,
    `see ${options.logFile}, or set DATABASE_URL to use another PostgreSQL`,
  );
}

/** Stops the server of this data folder, if one runs, and waits until it is gone. */
export async function stopCluster(
  dataDir: string,
  mode: StopMode,
  timeoutMs = 30_000,
): Promise<void> {
  const running = await runningPostmaster(dataDir);
  if (running === undefined) return;
  signal(running.pid, STOP_SIGNAL[mode]);
  await waitUntilGone(dataDir, running.pid, timeoutMs);
}

/** Resolves when the process no longer serves the data folder; after the time limit it is killed. */
export async function waitUntilGone(
  dataDir: string,
  pid: number,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (await servesFolder(pid, dataDir)) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** True when a process of this pid exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone between the look and the signal.
  }
}

/** A TCP port of the loopback address that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port from the system');
  return address.port;
}

/** The connection address of a cluster on this machine. */
export function clusterUrl(
  port: number,
  password: string,
  database: string,
  role: string = SUPERUSER,
): string {
  return `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
}

/** The last lines of the log after a position, on one line. */
async function printedSince(file: string, position: number): Promise<string> {
  const text = (await readFile(file)).subarray(position).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-4).join(' | ').slice(-800);
}
