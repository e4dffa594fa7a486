/**
 * Forward-only migrations: numbered SQL files, each applied once, in one transaction, together
 * with its row in `schema_migrations`. Processes that start at once wait for each other.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { migrateJobs } from '../jobs/schema.ts';
import { StartError } from './start-error.ts';

/** The server's own migrations. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url));

export interface Migration {
  /** File name without `.sql`, for example `0001-init`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** A 64-bit key of ours in the database's advisory lock space; the letters "headspmg". */
const MIGRATION_LOCK = '7522525836653653351';

const LOCK_TIMEOUT = '30s';

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const appliedSchema = z.array(z.object({ name: z.string(), checksum: z.string() }));

/** The migrations of a folder in order. Throws when a name is malformed or a number is used twice. */
export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const numbers = new Set<string>();
  return await Promise.all(
    files.map(async (file) => {
      const number = file.slice(0, 4);
      if (!FILE_NAME.test(file) || numbers.has(number)) {
        throw new Error(`migration ${file}: name it NNNN-what-it-does.sql, each number once`);
      }
      numbers.add(number);
      const sql = await readFile(path.join(folder, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: file.slice(0, -'.sql'.length), sql, checksum };
    }),
  );
}

/**
 * Brings the database up to the code and returns the names that it applied now.
 * Throws StartError: `database_newer_than_code`, `migration_changed`, `migration_failed`.
 */
export async function migrate(
  connectionString: string,
  migrations?: readonly Migration[],
): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  const client = new pg.Client({ connectionString, application_name: 'headspace:migrate' });
  client.on('error', () => undefined); // The running statement reports it.
  await client.connect();
  try {
    // A session lock: it outlives the transactions below and ends with the connection.
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      `create table if not exists schema_migrations (
         name text primary key,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const { rows } = await client.query(
      'select name, checksum from schema_migrations order by name',
    );
    const applied = appliedSchema.parse(rows);
    refuseOtherHistory(applied, wanted);
    await jobsSchema(connectionString);
    const missing = wanted.slice(applied.length);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The tables of the jobs' library come first, so that our migrations can build on them. */
async function jobsSchema(connectionString: string): Promise<void> {
  try {
    await migrateJobs(connectionString);
  } catch (error) {
    throw new StartError(
      'migration_failed',
      `the schema graphile_worker could not be brought up to date (${String(error)})`,
      'give the database role the right to create schemas in this database, and start again',
      { cause: error },
    );
  }
}

/** The applied migrations must be the first of ours, unchanged. */
function refuseOtherHistory(
  applied: z.infer<typeof appliedSchema>,
  wanted: readonly Migration[],
): void {
  const known = new Map(wanted.map((migration, index) => [migration.name, { migration, index }]));
  for (const [index, row] of applied.entries()) {
    const ours = known.get(row.name);
    if (ours === undefined) {
      throw new StartError(
        'database_newer_than_code',
        `the database was migrated by a newer Headspace (it has ${row.name}, which this version does not know)`,
        'start that version, or restore a backup made before the upgrade',
      );
    }
    if (ours.migration.checksum !== row.checksum || ours.index !== index) {
      throw new StartError(
        'migration_changed',
        `the migration ${row.name} is not the one that was applied to this database`,
        'restore the original file and put the change into a new migration',
      );
    }
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    // Behind another program's open transaction it would wait for ever, and all others behind it.
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(migration.sql);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new StartError(
      'migration_failed',
      `the migration ${migration.name} failed and was undone (${String(error)})`,
      'report this with the message; the database is as it was before',
      { cause: error },
    );
  }
}
