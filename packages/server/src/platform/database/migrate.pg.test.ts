import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '@headspace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, readMigrations, type Migration } from './migrate.ts';

const FIRST = migration('0001-first', 'create table t (n int); insert into t values (1)');
const SECOND = migration('0002-second', 'insert into t values (2)');

function migration(name: string, sql: string): Migration {
  return { name, sql, checksum: `sum of ${sql}` };
}

async function values(url: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>('select n from t order by n');
    return rows.map(({ n }) => n);
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  test('applies what is missing, in order, once', async () => {
    await using database = await createTestDatabase({ migrated: false });
    expect(await migrate(database.url, [FIRST])).toEqual(['0001-first']);
    expect(await migrate(database.url, [FIRST, SECOND])).toEqual(['0002-second']);
    expect(await migrate(database.url, [FIRST, SECOND])).toEqual([]);
    expect(await values(database.url)).toEqual([1, 2]);
  });

  test('starters that come at once wait for each other', async () => {
    await using database = await createTestDatabase({ migrated: false });
    // Slow enough that all eight are there before the first is done.
    const slow = migration('0001-slow', 'create table t (n int); select pg_sleep(0.2)');
    const applied = await Promise.all(
      Array.from({ length: 8 }, () => migrate(database.url, [slow, SECOND])),
    );
    expect(applied.flat().sort()).toEqual(['0001-slow', '0002-second']);
    expect(await values(database.url)).toEqual([2]);
  });

  test('undoes a migration that fails and keeps those before it', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const broken = migration('0002-broken', 'insert into t values (9); select * from nowhere');
    await expect(migrate(database.url, [FIRST, broken])).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('0002-broken failed and was undone'),
    });
    expect(await values(database.url)).toEqual([1]);
    expect(await migrate(database.url, [FIRST, SECOND])).toEqual(['0002-second']);
  });

  test('refuses a database that is newer than the code', async () => {
    await using database = await createTestDatabase({ migrated: false });
    await migrate(database.url, [FIRST, SECOND]);
    await expect(migrate(database.url, [FIRST])).rejects.toMatchObject({
      code: 'database_newer_than_code',
      message: expect.stringContaining('0002-second'),
    });
  });

  test('refuses an applied migration that changed, and one put in before it', async () => {
    await using database = await createTestDatabase({ migrated: false });
    await migrate(database.url, [FIRST]);
    const edited = migration('0001-first', 'create table other (n int)');
    const before = migration('0000-before', 'select 1');
    for (const history of [[edited], [before, FIRST]]) {
      await expect(migrate(database.url, history)).rejects.toMatchObject({
        code: 'migration_changed',
        message: expect.stringContaining('0001-first'),
      });
    }
  });
});

describe('readMigrations', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'headspace-migrations-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('orders by number and refuses a bad name or a number used twice', async () => {
    await writeFile(path.join(folder, '0002-b.sql'), 'select 2');
    await writeFile(path.join(folder, '0001-a.sql'), 'select 1');
    await writeFile(path.join(folder, 'notes.md'), 'ignored');
    expect((await readMigrations(folder)).map(({ name }) => name)).toEqual(['0001-a', '0002-b']);
    await writeFile(path.join(folder, '0002-c.sql'), 'select 3');
    await expect(readMigrations(folder)).rejects.toThrow('0002-c.sql: name it');
  });
});
