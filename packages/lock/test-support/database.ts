/** One database per call on one server per test file; or on the server at TEST_PG_URL. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { startCluster, type Cluster } from './cluster.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

let cluster: Promise<Cluster> | null = null;

afterAll(async () => {
  await (await cluster)?.remove();
  cluster = null;
});

/** A new, empty database. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `lock_test_${randomBytes(6).toString('hex')}`;
  const urlOf = await serverUrl();
  await runOn(urlOf('postgres'), `create database ${name}`);
  return {
    url: urlOf(name),
    drop: () => runOn(urlOf('postgres'), `drop database if exists ${name} with (force)`),
  };
}

async function serverUrl(): Promise<(database: string) => string> {
  const given = process.env['TEST_PG_URL'];
  if (given !== undefined)
    return (database) => {
      const url = new URL(given);
      url.pathname = `/${database}`;
      return url.href;
    };
  cluster ??= startCluster();
  const started = await cluster;
  return (database) => started.url(database);
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
