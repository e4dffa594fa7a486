/** Gets this process a session on the running PostgreSQL, which it starts if need be. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionError } from '../connection-error.ts';
import { StartError } from '../start-error.ts';
import { freePort, startCluster, type Cluster } from './cluster.ts';
import type { EmbeddedEvent } from './events.ts';
import type { EmbeddedLocation } from './location.ts';
import { join, type Membership } from './membership.ts';
import { runningPostmaster } from './postmaster-file.ts';
import type { Credentials } from './prepare.ts';

export interface EmbeddedContext {
  readonly cluster: Cluster;
  readonly location: EmbeddedLocation;
  readonly credentials: Credentials;
  readonly settings: Readonly<Record<string, string>>;
  readonly emit: (event: EmbeddedEvent) => void;
}

export interface Entered {
  readonly port: number;
  readonly membership: Membership;
}

/** After a crash PostgreSQL replays up to max_wal_size: seconds, on a slow disk minutes. */
const READY_TIMEOUT_MS = 300_000;
/** How long a start is repeated that met another start, a taken port, or a server's last children. */
const CONTENTION_TIMEOUT_MS = 15_000;
const POLL_MS = 20;
const RETRY_MS = 200;

/** In the server's own words (LC_ALL is C): pqcomm.c, miscinit.c, sysv_shmem.c. */
const CONTENTION = /could not (bind|create any TCP)|lock file|pre-existing shared memory block/;

/**
 * Starts PostgreSQL unless it runs, waits until it accepts us, and joins.
 * @param onlyPort for a restart: our pools know this port, so no other will do.
 * Throws StartError when it cannot be started or does not get ready.
 */
export async function enter(context: EmbeddedContext, onlyPort?: number): Promise<Entered> {
  const { dataDir } = context.cluster;
  const begin = performance.now();
  let startedPid: number | undefined;
  for (;;) {
    const waited = performance.now() - begin;
    const running = await runningPostmaster(dataDir);
    if (running === undefined) {
      startedPid = await tryStart(context, onlyPort, waited < CONTENTION_TIMEOUT_MS);
    } else if (running.status === 'ready') {
      const membership = await joinUnlessAway(running.port, context.credentials);
      if (membership !== undefined) {
        const kind = running.pid === startedPid ? 'started' : 'taken_over';
        context.emit({ kind, pid: running.pid, port: running.port });
        return { port: running.port, membership };
      }
    }
    if (waited > READY_TIMEOUT_MS) throw notReady(dataDir, running?.status ?? 'gone');
    await delay(POLL_MS);
  }
}

/** The pid, or undefined when the start met contention and is worth another look. */
async function tryStart(
  context: EmbeddedContext,
  onlyPort: number | undefined,
  mayRetry: boolean,
): Promise<number | undefined> {
  const { cluster, location, settings } = context;
  const port = onlyPort ?? (await choosePort(location.folder));
  try {
    const logFile = path.join(location.folder, 'start.log');
    const pid = await startCluster(cluster, {
      port,
      settings,
      logFile,
      timeoutMs: READY_TIMEOUT_MS,
    });
    await writeFile(portFile(location.folder), `${String(port)}\n`);
    return pid;
  } catch (error) {
    if (!mayRetry || !(error instanceof StartError) || !CONTENTION.test(error.message)) throw error;
    await delay(RETRY_MS);
    return undefined;
  }
}

/** Undefined while the server starts, stops, or was stopped under our hands. */
async function joinUnlessAway(
  port: number,
  credentials: Credentials,
): Promise<Membership | undefined> {
  try {
    return await join(port, credentials);
  } catch (error) {
    if (isConnectionError(error)) return undefined;
    throw error;
  }
}

function notReady(dataDir: string, status: string): StartError {
  return new StartError(
    'cluster_start_failed',
    `PostgreSQL on ${dataDir} did not get ready in ${String(READY_TIMEOUT_MS / 1000)} s (${status})`,
    `see the files in ${path.join(dataDir, 'log')}`,
  );
}

/** The port of last time if it is free, else any: bookmarks and tools keep working. */
async function choosePort(folder: string): Promise<number> {
  const text = await readFile(portFile(folder), 'utf8').catch(() => '');
  const remembered = Number(text);
  return remembered > 0 && (await isFree(remembered)) ? remembered : await freePort();
}

function portFile(folder: string): string {
  return path.join(folder, 'port');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
