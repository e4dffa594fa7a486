/** What every lock test needs: a database, a plain connection beside, services that get closed. */
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  createAdvisoryLocks,
  type AdvisoryLockErrorCode,
  type AdvisoryLockEvent,
  type AdvisoryLocks,
  type AdvisoryLocksOptions,
} from '../src/index.ts';
import { testDatabase, type TestDatabase } from './database.ts';

/** Upper half of the key that sessions take in turn while they open (fence.ts). */
const OPENING_LOCK = 0x7ad1_ffff;

export interface LockFixture {
  readonly url: () => string;
  /** Plain SQL beside the services under test. */
  readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** A service that is closed after the test. Each stands for a process of its own. */
  readonly create: (options?: Partial<AdvisoryLocksOptions>) => AdvisoryLocks;
  /** Events of the services of this test. */
  readonly events: AdvisoryLockEvent[];
  /**
   * Advisory locks in pg_locks of this database, interest locks too, as classid:objid:objsubid. The
   * short lock of a session that is just opening is left out.
   */
  readonly pgLocks: () => Promise<string[]>;
}

export function lockFixture(): LockFixture {
  let database: TestDatabase | null = null;
  let pool: Pool | null = null;
  let services: AdvisoryLocks[] = [];
  const events: AdvisoryLockEvent[] = [];
  const url = (): string => database?.url ?? '';

  beforeAll(async () => {
    database = await testDatabase();
    pool = new Pool({ connectionString: database.url, max: 1 });
    pool.on('error', () => {});
  });
  afterEach(async () => {
    await Promise.all(services.map((service) => service.close()));
    services = [];
    events.length = 0;
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  const sql: LockFixture['sql'] = async (text, values = []) => {
    if (pool === null) throw new Error('no database yet');
    return (await pool.query<Record<string, unknown>>(text, values)).rows;
  };
  return {
    url,
    sql,
    events,
    create: (options = {}) => {
      const onEvent = (event: AdvisoryLockEvent): void => void events.push(event);
      const service = createAdvisoryLocks({ connectionString: url(), onEvent, ...options });
      services.push(service);
      return service;
    },
    pgLocks: async () => {
      const rows = await sql(
        `select classid || ':' || objid || ':' || objsubid as lock from pg_locks
          where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())
            and (classid, objid, objsubid) <> (${OPENING_LOCK}, 0, 1)
          order by 1`,
      );
      return rows.map((row) => String(row['lock']));
    },
  };
}

/** Wait until a condition holds; fails after `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    // Between two looks at a condition that nothing announces.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Expect an AdvisoryLockError with this code. */
export async function expectCode(
  promise: Promise<unknown>,
  code: AdvisoryLockErrorCode,
): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'AdvisoryLockError', code });
}

/** A promise and its resolver, as a gate that a test opens. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
