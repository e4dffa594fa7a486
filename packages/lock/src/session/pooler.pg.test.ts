/** Behind a real pgbouncer. */
import { noteNotRun } from '@headspace/testkit';
import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../../test-support/fixture.ts';
import { findPgbouncer, startPgbouncer } from '../../test-support/pgbouncer.ts';
import { poolerError } from './pooler.ts';

const { create, sql, url, pgLocks } = lockFixture();
const found = findPgbouncer();
if (found === null) noteNotRun('locks behind a pooler: install pgbouncer (Debian: pgbouncer).');

describe.skipIf(found === null)('behind pgbouncer', () => {
  it.each([
    ['transaction', 1],
    ['transaction', 10],
    ['statement', 10],
  ])('in %s mode with %i server connections, locks are refused', async (mode, poolSize) => {
    await using pooler = await startPgbouncer(url(), mode, poolSize);
    const locks = create({ connectionString: pooler.url });
    const refused = locks.acquire(1, 1, { timeoutMs: 20_000 });
    await expect(refused).rejects.toMatchObject({
      code: 'pooler',
      message: expect.stringContaining('transaction mode'),
    });
    await expectCode(locks.tryAcquire(1, 1), 'pooler');
    expect(await pgLocks()).toEqual([]);
    // Nothing of ours reached a session that others will get.
    const settings = await sql(
      "select reset_val = setting as same from pg_settings where name = 'idle_session_timeout'",
    );
    expect(settings).toEqual([{ same: true }]);
  });

  it('in session mode, they work, wait and hand over', async () => {
    await using pooler = await startPgbouncer(url(), 'session', 20);
    const [locks, direct] = [create({ connectionString: pooler.url }), create()];
    const held = await locks.acquire(1, 2);
    expect(await direct.tryAcquire(1, 2)).toBeNull();
    const waiting = direct.acquire(1, 2, { timeoutMs: 10_000 });
    await until('interest', async () => (await pgLocks()).length === 2);
    await held.release();
    await (await waiting).release();
  });
});

it('says what to do', () => {
  expect(poolerError().message).toMatch(/Connect the locks to PostgreSQL directly/);
});
