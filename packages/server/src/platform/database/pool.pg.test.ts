import { createTestDatabase, startPostgres } from '@headspace/testkit';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createPool, openPool, tooOld, withoutSecret } from './pool.ts';

describe('openPool', () => {
  test('keeps poolSize connections and closes the overflow when it is idle', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = await openPool({
      connectionString: database.url,
      poolSize: 2,
      maxOverflow: 3,
    });
    // The real time limit is long; the mechanism is the same with a short one.
    pool.options.idleTimeoutMillis = 50;
    const clients = await Promise.all(Array.from({ length: 5 }, () => pool.connect()));
    expect(pool.totalCount).toBe(5);
    for (const client of clients) client.release();
    await expect.poll(() => pool.totalCount).toBe(2);
    await pool.end();
  });

  test('names its connections after the process', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const pool = await openPool({ connectionString: database.url, poolSize: 1, maxOverflow: 0 });
    const { rows } = await pool.query<{ name: string }>(
      `select current_setting('application_name') as name`,
    );
    expect(rows[0]?.name).toMatch(new RegExp(`^headspace:.+:${String(process.pid)}:pool$`));
    await pool.end();
  });

  test('an idle connection that breaks is reported and replaced', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const lost: Error[] = [];
    const pool = createPool({
      connectionString: database.url,
      poolSize: 1,
      maxOverflow: 1,
      onConnectionLost: (error) => lost.push(error),
    });
    await pool.query('select 1');
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await other.end();
    await expect.poll(() => lost.length).toBe(1);
    expect((await pool.query('select 1')).rowCount).toBe(1);
    await pool.end();
  });

  test('a server that is away is one sentence without the password', async () => {
    const url = 'postgres://someone:hunter2@127.0.0.1:1/somewhere';
    const error: unknown = await openPool({
      connectionString: url,
      poolSize: 1,
      maxOverflow: 0,
    }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'database_unreachable',
      sentence: expect.stringMatching(/^the database at 127\.0\.0\.1:1\/somewhere .*ECONNREFUSED/),
    });
    expect(String(error)).not.toContain('hunter2');
    expect(withoutSecret('postgres:///db?host=/run/pg')).toBe('/run/pg/db');
  });

  test('an old server is named with its version', () => {
    expect(tooOld('13.14').sentence).toMatch(/PostgreSQL 13\.14, and Headspace needs 14 or newer/);
  });
});

describe('the connection limit', () => {
  test('counts the other processes and other programs, and says the numbers', async () => {
    await using postgres = await startPostgres({ settings: { max_connections: '47' } });
    const options = { connectionString: postgres.url, poolSize: 10, maxOverflow: 5 };
    // 47 - 3 reserved = 44 places; one process may need 22.
    const first = await openPool(options);
    const secondProcess = new pg.Client({
      connectionString: postgres.url,
      application_name: 'headspace:elsewhere:4711:pool',
    });
    await secondProcess.connect();
    const alsoFits = await openPool(options);
    const stranger = new pg.Client({
      connectionString: postgres.url,
      application_name: 'psql',
    });
    await stranger.connect();
    await expect(openPool(options)).rejects.toMatchObject({
      code: 'connections_exceed_limit',
      sentence:
        '2 Headspace processes may open 44 connections (22 each), but the database server has only 43 for them (limit 44, 1 used by others): raise max_connections by at least 1, or lower database.poolSize + database.maxOverflow from 15 to 14 or less.',
    });
    await Promise.all([first.end(), alsoFits.end(), secondProcess.end(), stranger.end()]);
  });

  test('a limit on the database counts too', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`alter database ${database.name} connection limit 12`);
    await admin.end();
    await expect(
      openPool({ connectionString: database.url, poolSize: 15, maxOverflow: 10 }),
    ).rejects.toMatchObject({ code: 'connections_exceed_limit' });
  });
});
