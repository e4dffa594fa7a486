/** Whether this process can do its work now, and what is missing if not. */
import type { Pool } from 'pg';

export interface Readiness {
  readonly ready: boolean;
  /** What is missing, in words; empty when ready. */
  readonly missing: readonly string[];
}

const TIMEOUT_MS = 2_000;

/**
 * Asks the database whether it is there and has our schema. Never throws.
 * @param lastMigration name of the newest migration that this code needs
 */
export async function checkReadiness(
  pool: Pool,
  lastMigration: string,
  stopping: AbortSignal,
): Promise<Readiness> {
  if (stopping.aborted) return missing('the server is stopping');
  try {
    const { rowCount } = await withinTime(
      pool.query('select from schema_migrations where name = $1', [lastMigration]),
    );
    return rowCount === 1
      ? { ready: true, missing: [] }
      : missing(`the database lacks the migration ${lastMigration}`);
  } catch (error) {
    const undefinedTable = error instanceof Error && 'code' in error && error.code === '42P01';
    return missing(
      undefinedTable ? 'the database is not migrated' : 'the database does not answer',
    );
  }
}

function missing(what: string): Readiness {
  return { ready: false, missing: [what] };
}

/** A probe must answer, also when the network swallows what we send. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), TIMEOUT_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
