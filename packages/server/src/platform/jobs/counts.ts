/** How the jobs of this database stand. */
import type { Pool } from 'pg';

export interface JobCounts {
  readonly job: string;
  /** Due and not taken. */
  readonly queued: number;
  /** Due later: they wait for something, or for their next try. */
  readonly scheduled: number;
  readonly running: number;
  /** All tries used: they do not run again. */
  readonly failed: number;
  /** Age of the one that has been due the longest; 0 where none is. */
  readonly oldestSeconds: number;
}

export async function jobCounts(pool: Pool): Promise<JobCounts[]> {
  const { rows } = await pool.query<JobCounts>(
    `select task_identifier as job,
       count(*) filter (where due and run_at <= now())::int as queued,
       count(*) filter (where due and run_at > now())::int as scheduled,
       count(*) filter (where locked_at is not null)::int as running,
       count(*) filter (where not due and locked_at is null)::int as failed,
       coalesce(extract(epoch from now() - min(run_at) filter (where due and run_at <= now())),
         0)::float8 as "oldestSeconds"
     from (select *, locked_at is null and attempts < max_attempts as due
       from graphile_worker.jobs) as jobs
     group by task_identifier order by task_identifier`,
  );
  return rows;
}
