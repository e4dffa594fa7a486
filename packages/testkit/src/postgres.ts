/**
 * A database of its own for every test, on one PostgreSQL per run. The run's global setup
 * (`postgres-setup.ts`) puts that server's address into TEST_PG_URL.
 */
import { createHash, randomBytes } from 'node:crypto';
import { migrate, readMigrations, type Migration } from '@headspace/server/database';
import pg from 'pg';
import { installRaceSanitizer, SANITIZER } from './race-sanitizer.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

export interface TestDatabaseOptions {
  /**
   * Default true: a copy of the fully migrated schema, with the race sanitizer in it. false: an
   * empty database.
   */
  readonly migrated?: boolean;
}

/** How long connections of a database that is dropped may take to close. */
const LEAVING_MS = 250;
const TEMPLATE_PREFIX = 'headspace_template_';

/** Creates a database; disposing it ends its connections and drops it. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `headspace_test_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    const template =
      (options.migrated ?? true) ? await ensureTemplate(server, client) : 'template0';
    await client.query(
      `create database ${name} template ${template} ${await copyStrategy(client)}`,
    );
  });
  return {
    name,
    url: databaseUrl(server, name),
    async [Symbol.asyncDispose]() {
      await withClient(server, async (client) => {
        await untilLeft(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
      });
    },
  };
}

/**
 * Makes the migrated template if this server has none for the migrations as they are now.
 * Test processes that come at once wait for the first. Returns the template's name.
 */
export async function ensureTemplate(server: string, client: pg.Client): Promise<string> {
  const migrations = await readMigrations().catch(() => []);
  const name = TEMPLATE_PREFIX + fingerprint(migrations);
  if (await isReady(client, name)) return name;
  // The text makes the key; a crash releases the lock with its connection.
  await client.query(`select pg_advisory_lock(hashtext('${name}'))`);
  try {
    if (await isReady(client, name)) return name;
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template template0`);
    await migrate(databaseUrl(server, name), migrations);
    await withClient(databaseUrl(server, name), installRaceSanitizer);
    // Closed to connections: PostgreSQL refuses to copy a database that somebody is in.
    await client.query(`alter database ${name} with is_template true allow_connections false`);
  } finally {
    await client.query(`select pg_advisory_unlock(hashtext('${name}'))`);
  }
  return name;
}

/** The address of another database on the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env['TEST_PG_URL'];
  if (url === undefined || url === '') {
    throw new Error(
      'TEST_PG_URL is not set: run tests through vitest, whose global setup starts a PostgreSQL',
    );
  }
  return url;
}

/**
 * A pool's `end` resolves before its connections are gone. Cutting one then raises an error that
 * nobody expects any more, so they get a moment to leave by themselves.
 */
async function untilLeft(client: pg.Client, name: string): Promise<void> {
  const deadline = performance.now() + LEAVING_MS;
  const query = 'select 1 from pg_stat_activity where datname = $1 limit 1';
  while (performance.now() < deadline) {
    if ((await client.query(query, [name])).rowCount === 0) return;
  }
}

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

/**
 * On a memory file system copying files takes 9 ms where copying through the WAL, the default
 * since PostgreSQL 15, takes 16 to 30 ms. Version 14 knows no other way and no such clause.
 */
async function copyStrategy(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  return (rows[0]?.major ?? 0) >= 15 ? 'strategy file_copy' : '';
}

/** A template is ready once it is closed to connections; a half-made one is still open. */
async function isReady(client: pg.Client, name: string): Promise<boolean> {
  const found = await client.query(
    'select 1 from pg_database where datname = $1 and not datallowconn',
    [name],
  );
  return found.rowCount === 1;
}

function fingerprint(migrations: readonly Migration[]): string {
  const hash = createHash('sha256').update(SANITIZER);
  for (const { name, checksum } of migrations) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex').slice(0, 12);
}
