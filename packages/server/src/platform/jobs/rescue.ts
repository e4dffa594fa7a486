/** Frees the jobs of workers that are no longer there. */
import type { AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';
import { presenceKey } from './presence.ts';

export interface RescueOptions {
  readonly pool: Pool;
  readonly locks: AdvisoryLocks;
  /** Workers, and leftover rows, that one round deals with. */
  readonly batchSize?: number;
}

const BATCH_SIZE = 100;

const WORKERS_AT_WORK = `
select distinct locked_by as id from graphile_worker.jobs where locked_by is not null limit $1`;

/**
 * A job that asked to run again has a successor under its key and was about to be deleted when its
 * process died. It never runs again: no key, all tries used, and no error.
 */
const DELETE_LEFTOVERS = `
select graphile_worker.complete_jobs(array(
  select id from graphile_worker.jobs
  where key is null and locked_by is null and last_error is null and attempts >= max_attempts
  limit $1))`;

/** As graphile-worker itself tells of new jobs; without it idle workers look at their next poll. */
const WAKE_WORKERS = `
select pg_notify('jobs:insert', json_build_object('r', random(), 'count', $1::int)::text)`;

/**
 * One look at all workers that have jobs. Returns the ids of those whose presence lock was free:
 * their jobs can run again now.
 */
export async function freeAbsentWorkers(
  { pool, locks, batchSize = BATCH_SIZE }: RescueOptions,
  signal?: AbortSignal,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(WORKERS_AT_WORK, [batchSize]);
  const absent: string[] = [];
  for (const { id } of rows) {
    if (signal?.aborted === true) break;
    const options = { purpose: 'job rescue' };
    const found = await locks.advisoryLockOrSkip(presenceKey(id), options, () =>
      pool.query('select graphile_worker.force_unlock_workers($1)', [[id]]),
    );
    if (found.acquired) absent.push(id);
  }
  if (absent.length > 0) {
    await pool.query(DELETE_LEFTOVERS, [batchSize]);
    await pool.query(WAKE_WORKERS, [absent.length]);
  }
  return absent;
}
