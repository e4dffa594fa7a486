import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createTestDatabase } from './postgres.ts';
import { startPostgres } from './postgres-cluster.ts';

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  test('gives each caller a database of its own', async () => {
    await using first = await createTestDatabase();
    await using second = await createTestDatabase({ migrated: false });
    await query(first.url, 'create table only_here (id int)');
    await expect(query(second.url, 'select * from only_here')).rejects.toThrow('does not exist');
    expect(await query(first.url, 'select count(*)::int as n from schema_migrations')).toHaveLength(
      1,
    );
  });

  test('makes many at once from one template', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, () => createTestDatabase()));
    expect(new Set(databases.map(({ name }) => name)).size).toBe(8);
    await Promise.all(databases.map((database) => database[Symbol.asyncDispose]()));
  });

  test('drops the database with its connections open', async () => {
    const database = await createTestDatabase({ migrated: false });
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database[Symbol.asyncDispose]();
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
    await client.end().catch(() => undefined);
  });
});

describe('startPostgres', () => {
  test('keeps committed rows over kill -9, crash and restart, on the same address', async () => {
    await using postgres = await startPostgres({ durable: true });
    await query(postgres.url, 'create table kept (n int)');
    const firstPid = postgres.pid;
    for (const end of [() => postgres.kill9(), () => postgres.stop('immediate')]) {
      await query(postgres.url, 'insert into kept values (1)');
      await end();
      await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
      await postgres.restart();
    }
    expect(postgres.pid).not.toBe(firstPid);
    expect(await query(postgres.url, 'select count(*)::int as n from kept')).toEqual([{ n: 2 }]);
    expect(await query(postgres.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  });
});
