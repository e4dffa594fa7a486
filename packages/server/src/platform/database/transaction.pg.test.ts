import { createTestDatabase, startPostgres } from '@headspace/testkit';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { isConnectionError, isTransient } from './connection-error.ts';
import { createPool } from './pool.ts';
import { inTransaction } from './transaction.ts';

const SIZES = { poolSize: 1, maxOverflow: 1 };

describe('inTransaction', () => {
  test('commits what the body did and returns its value', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = createPool({ connectionString: database.url, ...SIZES });
    const value = await inTransaction(pool, async (client) => {
      await client.query('create table t (n int)');
      return 7;
    });
    expect(value).toBe(7);
    expect((await pool.query('select * from t')).rowCount).toBe(0);
    await pool.end();
  });

  test('undoes the work and passes the body’s error on unchanged', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = createPool({ connectionString: database.url, ...SIZES });
    const mine = new Error('mine');
    const outcome = inTransaction(pool, async (client) => {
      await client.query('create table t (n int)');
      throw mine;
    });
    await expect(outcome).rejects.toBe(mine);
    await expect(pool.query('select * from t')).rejects.toMatchObject({ code: '42P01' });
    await pool.end();
  });

  test('says so when the body swallowed a failed statement', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = createPool({ connectionString: database.url, ...SIZES });
    const outcome = inTransaction(pool, async (client) => {
      await client.query('create table t (n int)');
      await client.query('select * from nowhere').catch(() => undefined);
    });
    await expect(outcome).rejects.toThrow('went on after a failed statement');
    await pool.end();
  });

  test('destroys a connection that died, and the pool goes on', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = createPool({ connectionString: database.url, ...SIZES });
    const outcome = inTransaction(pool, async (client) => {
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    });
    const error: unknown = await outcome.catch((e: unknown) => e);
    expect(isConnectionError(error)).toBe(true);
    expect(pool.totalCount).toBe(0);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe('what kind of error', () => {
  test('a server that stops, is away, or is starting is a connection error', async () => {
    await using postgres = await startPostgres();
    const pool = createPool({ connectionString: postgres.url, ...SIZES });
    const inFlight = pool.query('select pg_sleep(30)').catch((e: unknown) => e);
    const asleep = `select 1 from pg_stat_activity where query like 'select pg_sleep%' and wait_event = 'PgSleep'`;
    await expect.poll(async () => (await pool.query(asleep)).rowCount).toBe(1);
    await postgres.stop('fast');
    expect(isConnectionError(await inFlight)).toBe(true);
    const refused: unknown = await pool.query('select 1').catch((e: unknown) => e);
    expect(isConnectionError(refused)).toBe(true);
    await postgres.restart();
    expect((await pool.query('select 1')).rowCount).toBe(1);
    await pool.end();
  });

  test('too many connections is one; a wrong statement is none', async () => {
    await using postgres = await startPostgres({
      settings: { max_connections: '5', superuser_reserved_connections: '0' },
    });
    const pool = createPool({ connectionString: postgres.url, poolSize: 9, maxOverflow: 0 });
    const outcomes = await Promise.all(
      Array.from({ length: 9 }, () =>
        pool.query('select pg_sleep(0.3)').then(
          () => undefined,
          (e: unknown) => e,
        ),
      ),
    );
    const errors = outcomes.filter((e) => e !== undefined);
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(errors.every((e) => isConnectionError(e))).toBe(true);
    const wrong: unknown = await pool.query('select * from nowhere').catch((e: unknown) => e);
    expect(isTransient(wrong)).toBe(false);
    await pool.end();
  });

  test('a deadlock is transient but no connection error', async () => {
    const deadlock = Object.assign(new pg.DatabaseError('deadlock detected', 0, 'error'), {
      code: '40P01',
    });
    expect(isTransient(deadlock)).toBe(true);
    expect(isConnectionError(deadlock)).toBe(false);
    expect(isConnectionError(new Error('wrapped', { cause: socketError() }))).toBe(true);
    expect(isTransient('text')).toBe(false);
  });
});

function socketError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
