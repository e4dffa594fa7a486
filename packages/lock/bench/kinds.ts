/** The locks that are compared, in one form. Peers come from a folder of their own. */
import { createRequire } from 'node:module';
import path from 'node:path';
import pg from 'pg';
import { createAdvisoryLocks, nameKey } from '../src/index.ts';

export interface ComparedLock {
  /** Resolves with what releases it. */
  acquire(name: string): Promise<() => Promise<unknown>>;
  close(): Promise<void>;
}

/** `this`, `dc` (a connection per lock, pool of 25), `advisory-lock`, `redlock`. */
export async function lockKind(kind: string, url: string, peers: string): Promise<ComparedLock> {
  const loadPeer = createRequire(path.join(peers, 'package.json'));
  switch (kind) {
    case 'this':
      return ours(url);
    case 'dc':
      return dedicated(url);
    case 'advisory-lock':
      return advisoryLock(loadPeer, url);
    case 'redlock':
      return redlock(loadPeer);
    default:
      throw new Error(`no such lock: ${kind}`);
  }
}

function ours(url: string): ComparedLock {
  const locks = createAdvisoryLocks({ connectionString: url });
  const keyOf = keysByName();
  return {
    acquire: async (name) => {
      const lock = await locks.acquire({ key: keyOf(name) }, { timeoutMs: Infinity });
      return () => lock.release();
    },
    close: () => locks.close(),
  };
}

/** Names are hashed before anything is measured: locks are compared. */
function keysByName(): (name: string) => bigint {
  const keys = new Map<string, bigint>();
  return (name) => {
    const known = keys.get(name);
    if (known !== undefined) return known;
    const { key } = nameKey(name);
    keys.set(name, key);
    return key;
  };
}

/** What one writes by hand. */
function dedicated(url: string): ComparedLock {
  const pool = new pg.Pool({ connectionString: url, max: 25 });
  pool.on('error', () => {});
  const keyOf = keysByName();
  return {
    acquire: async (name) => {
      const client = await pool.connect();
      const key = String(keyOf(name));
      await client.query('select pg_advisory_lock($1)', [key]);
      return async () => {
        await client.query('select pg_advisory_unlock($1)', [key]);
        client.release();
      };
    },
    close: () => pool.end(),
  };
}

interface AdvisoryLockModule {
  default(url: string): (name: string) => { lock(): Promise<() => Promise<void>> };
}

function advisoryLock(loadPeer: NodeJS.Require, url: string): ComparedLock {
  const create = (loadPeer('advisory-lock') as AdvisoryLockModule).default(url);
  return { acquire: (name) => create(name).lock(), close: () => Promise.resolve() };
}

interface RedlockModule {
  default: new (
    clients: unknown[],
    options: unknown,
  ) => { acquire(names: string[], ms: number): Promise<{ release(): Promise<unknown> }> };
}

function redlock(loadPeer: NodeJS.Require): ComparedLock {
  const port = Number(process.env['BENCH_REDIS_PORT']);
  const Redis = (
    loadPeer('ioredis') as { default: new (port: number) => { quit(): Promise<void> } }
  ).default;
  const client = new Redis(port);
  const Redlock = (loadPeer('redlock') as RedlockModule).default;
  const redlock = new Redlock([client], { retryCount: -1, retryDelay: 200 });
  return {
    acquire: async (name) => {
      const lock = await redlock.acquire([name], 30_000);
      return () => lock.release();
    },
    close: async () => {
      await client.quit();
    },
  };
}
