/** A real PostgreSQL of a test's own: throw-away data, free port, gone when this process is gone. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, realpath, rm, statfs } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  canEnter,
  cluster,
  serviceAccount,
  usableBinaries,
  type Account,
} from '@headspace/server/database';

export interface PostgresOptions {
  /**
   * true: commits are flushed to disk as in production, for tests that crash the server.
   * Default false: faster, and still safe against a crash of PostgreSQL alone.
   */
  readonly durable?: boolean;
  /** Server settings, as in postgresql.conf; they win over the defaults here. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Postgres extends AsyncDisposable {
  /** Connection address of the database `postgres`, as superuser. Survives `restart`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Pid of the server process now; undefined while stopped. */
  readonly pid: number | undefined;
  /** `fast` ends sessions in order; `immediate` is a crash that PostgreSQL recovers from. */
  stop(mode?: cluster.StopMode): Promise<void>;
  /** SIGKILL to the server process; resolves when it is gone. */
  kill9(): Promise<void>;
  /** Stops what still runs (fast) and starts again on the same port and data. */
  restart(): Promise<void>;
}

const TEST_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  max_prepared_transactions: '10',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  // In the data folder, so that a killed server leaves nothing in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
} as const;

const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } as const;

/** Linux's memory file system. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_NEEDED_BYTES = 2 * 1024 ** 3;
const START_TIMEOUT_MS = 30_000;

/** Starts a cluster in a folder of its own (about 1 s). Dispose it with `await using`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const durable = options.durable ?? false;
  const account = await serviceAccount();
  const folder = await temporaryFolder(account, durable);
  const binaries = await usableBinaries(account);
  const dataDir = path.join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  // One hash round instead of 4,096: a test opens many connections.
  const flags = ['-c', 'scram_iterations=1'];
  await cluster.initCluster({ dataDir, account, binaries }, { password, durable, flags });

  const settings = { ...TEST_SETTINGS, ...(durable ? {} : FAST_SETTINGS), ...options.settings };
  const port = await cluster.freePort();
  const start = async (): Promise<{ pid: number; watchdog: Watchdog }> => {
    const logFile = path.join(folder, 'log');
    const pid = await onceChildrenAreGone(() =>
      cluster.startCluster(
        { dataDir, account, binaries },
        { port, settings, logFile, timeoutMs: START_TIMEOUT_MS },
      ),
    );
    return { pid, watchdog: startWatchdog(pid, folder) };
  };

  let running: { pid: number; watchdog: Watchdog } | undefined = await start();
  const end = async (act: (pid: number) => Promise<void>): Promise<void> => {
    if (running === undefined) return;
    const { pid, watchdog } = running;
    await act(pid);
    watchdog.dismiss();
    running = undefined;
  };
  const stop = (mode: cluster.StopMode = 'fast'): Promise<void> =>
    end(() => cluster.stopCluster(dataDir, mode));

  return {
    url: cluster.clusterUrl(port, password, 'postgres'),
    port,
    dataDir,
    get pid() {
      return running?.pid;
    },
    stop,
    kill9: () =>
      end(async (pid) => {
        cluster.signal(pid, 'SIGKILL');
        await cluster.waitUntilGone(dataDir, pid, START_TIMEOUT_MS);
      }),
    async restart() {
      await stop();
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Children of a server that was killed hold its shared memory until they have noticed. */
const HELD = /pre-existing shared memory block/;

async function onceChildrenAreGone<T>(start: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const held = error instanceof Error && HELD.test(error.message);
      if (!held || performance.now() > deadline) throw error;
    }
  }
}

interface Watchdog {
  dismiss(): void;
}

/**
 * Ends the server and removes its folder when this process dies in any way, SIGKILL included:
 * a shell, in a session of its own, waits for the end of a pipe that only we hold.
 */
function startWatchdog(pid: number, folder: string): Watchdog {
  const script =
    'read -r word; [ "$word" = done ] || { kill -QUIT "$1"; sleep 1; rm -rf -- "$2"; }';
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // An undisposed cluster must not keep the process alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  child.stdin.on('error', () => undefined); // Somebody ended the watchdog; nothing is lost.
  return { dismiss: () => void child.stdin.end('done\n') };
}

/**
 * A new folder that PostgreSQL's account can enter: in memory where nothing needs to survive
 * (a database is cloned in 10 ms there and in up to 250 ms on disk), else in the temporary folder.
 */
async function temporaryFolder(account: Account | undefined, durable: boolean): Promise<string> {
  const places = [...(durable ? [] : [MEMORY_FOLDER]), tmpdir(), '/tmp'];
  for (const place of places) {
    if (place === MEMORY_FOLDER && !(await hasRoom(place))) continue;
    if (!(await canEnter(place, account))) continue;
    const folder = await mkdtemp(path.join(await realpath(place), 'headspace-pg-'));
    await chmod(folder, 0o711); // For PostgreSQL's account; the data in it is closed to others.
    return folder;
  }
  throw new Error(`PostgreSQL's account can enter none of ${places.join(', ')}: set TMPDIR`);
}

/** Containers often have 64 MB there. */
async function hasRoom(folder: string): Promise<boolean> {
  const space = await statfs(folder).catch(() => undefined);
  return space !== undefined && space.bavail * space.bsize >= MEMORY_NEEDED_BYTES;
}
