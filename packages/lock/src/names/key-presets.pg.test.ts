/** Old and new code exclude each other: with the real packages from npm. */
import { createRequire } from 'node:module';
import { PgBoss } from 'pg-boss';
import { describe, expect, it } from 'vitest';
import { lockFixture, until } from '../../test-support/fixture.ts';
import { keyPresets } from '../index.ts';

const { create, pgLocks, sql, url } = lockFixture();
/** CommonJS; required, because a test runner may unwrap its default export or not. */
const { default: advisoryLock } = createRequire(import.meta.url)(
  'advisory-lock',
) as typeof import('advisory-lock');

describe('npm advisory-lock', () => {
  it('and this package exclude each other', async () => {
    const locks = create();
    const theirs = advisoryLock(url())('shared name');
    const key = keyPresets.advisoryLockPackage('shared name');
    const unlock = await theirs.tryLock();
    expect(unlock).toBeTypeOf('function');
    expect(await locks.tryAcquire(key)).toBeNull();
    await unlock?.();
    // Its connection closes after the unlock was answered.
    await until('unlocked', async () => (await pgLocks()).length === 0);
    await locks.advisoryLock(key, {}, async () => {
      expect(await theirs.tryLock()).toBeUndefined();
    });
  });
});

describe('npm pg-boss', () => {
  it('waits with its migration while we hold its key', async () => {
    const locks = create();
    const [row] = await sql('select current_database() as name');
    const key = keyPresets.pgBoss(String(row?.['name']));
    const boss = new PgBoss({ connectionString: url(), schedule: false, supervise: false });
    boss.on('error', () => {});
    let started = false;
    let starting: Promise<unknown> = Promise.resolve();
    await locks.advisoryLock(key, {}, async () => {
      starting = boss.start().then(() => (started = true));
      const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`;
      await until('it waits for the lock', async () => (await sql(waits)).length === 1);
      expect(started).toBe(false);
    });
    await starting;
    expect(started).toBe(true);
    await boss.stop({ graceful: false });
  });
});
