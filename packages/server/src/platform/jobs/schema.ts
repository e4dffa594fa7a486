/** Tables and functions of graphile-worker, in a schema of their own. */
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { pino } from 'pino';
import { workerLog } from './worker-log.ts';

/** Brings them up to the library's version. The caller keeps other processes from doing the same. */
export async function migrateJobs(connectionString: string): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: 1, application_name: 'headspace:migrate' });
  // Without listeners the library writes warnings to the terminal; the statement reports the error.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await runMigrations({ pgPool: pool, logger: workerLog(pino({ enabled: false })) });
  } finally {
    await pool.end();
  }
}
