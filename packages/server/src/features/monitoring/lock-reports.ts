/**
 * What each process says of its own locks, for people who look at another process: purpose, since
 * when, how many wait. Kept in an unlogged table that decides nothing.
 */
import type { AdvisoryLocks, LocalLockState } from '@headspace/lock';
import type { Pool } from 'pg';

export interface LockReport {
  readonly process: string;
  /** Backend that holds the lock; 0 where the process only waits for it. */
  readonly backendPid: number;
  readonly namespace: number;
  readonly entityId: number;
  readonly purpose: string | null;
  readonly heldSeconds: number | null;
  readonly waiting: number;
}

/** More locks than these at one moment are not reported: nobody reads such a list. */
const MOST_REPORTS = 1_000;
/** A report that was not renewed for this long is not shown: its process died or hangs. */
const STALE_SECONDS = 5;
/** Reports of processes that are surely gone. */
const GONE_SECONDS = 60;

const PUBLISH = `
with mine as (
  select * from unnest($2::int[], $3::int[], $4::int[], $5::text[], $6::float8[], $7::int[])
    as r(backend_pid, namespace, entity_id, purpose, held_ms, waiting)
),
kept as (
  insert into lock_reports (process, backend_pid, namespace, entity_id, purpose, held_since,
    waiting, reported_at)
  select $1, backend_pid, namespace, entity_id, purpose,
    now() - make_interval(secs => held_ms / 1000), waiting, now() from mine
  on conflict (process, namespace, entity_id, backend_pid) do update set
    purpose = excluded.purpose, held_since = excluded.held_since, waiting = excluded.waiting,
    reported_at = excluded.reported_at
)
delete from lock_reports
where (process = $1 and (namespace, entity_id, backend_pid) not in
    (select namespace, entity_id, backend_pid from mine))
  or reported_at < now() - make_interval(secs => ${String(GONE_SECONDS)})`;

/** Publishes this process's locks. `publish` is for a loop; it asks nothing while there is nothing to say. */
export class LockReporter {
  readonly #pool: Pool;
  readonly #locks: AdvisoryLocks;
  readonly #process: string;
  /** At the start too: an earlier process may have left rows under our name, or died. */
  #mustClear = true;

  constructor(pool: Pool, locks: AdvisoryLocks, process: string) {
    this.#pool = pool;
    this.#locks = locks;
    this.#process = process;
  }

  async publish(): Promise<void> {
    const reports = reportsOf(this.#locks.localState(), this.#process).slice(0, MOST_REPORTS);
    if (reports.length === 0 && !this.#mustClear) return;
    await this.#pool.query({
      name: 'publish-lock-reports',
      text: PUBLISH,
      values: [
        this.#process,
        reports.map((report) => report.backendPid),
        reports.map((report) => report.namespace),
        reports.map((report) => report.entityId),
        reports.map((report) => report.purpose),
        reports.map((report) => (report.heldSeconds ?? 0) * 1_000),
        reports.map((report) => report.waiting),
      ],
    });
    this.#mustClear = reports.length > 0;
  }
}

/** One report for each key that the process holds or waits for; 64-bit keys have no place there. */
export function reportsOf(state: LocalLockState, process: string): LockReport[] {
  const reports = new Map<string, LockReport>();
  for (const lock of state.held) {
    if (lock.namespace === null || lock.id === null) continue;
    reports.set(`${String(lock.namespace)}:${String(lock.id)}`, {
      process,
      backendPid: lock.pid,
      namespace: lock.namespace,
      entityId: lock.id,
      purpose: lock.purpose,
      heldSeconds: lock.heldMs / 1_000,
      waiting: 0,
    });
  }
  for (const { namespace, id } of state.waiting) {
    if (namespace === null || id === null) continue;
    const key = `${String(namespace)}:${String(id)}`;
    const report = reports.get(key) ?? {
      process,
      backendPid: 0,
      namespace,
      entityId: id,
      purpose: null,
      heldSeconds: null,
      waiting: 0,
    };
    reports.set(key, { ...report, waiting: report.waiting + 1 });
  }
  return [...reports.values()];
}

/** What other processes said within the last seconds. */
export async function readLockReports(pool: Pool, ownProcess: string): Promise<LockReport[]> {
  const { rows } = await pool.query<LockReport>({
    name: 'read-lock-reports',
    text: `select process, backend_pid as "backendPid", namespace, entity_id as "entityId", purpose,
             case when backend_pid > 0 then extract(epoch from now() - held_since)::float8 end
               as "heldSeconds", waiting
           from lock_reports
           where process <> $1 and reported_at > now() - make_interval(secs => $2)
           limit 10000`,
    values: [ownProcess, STALE_SECONDS],
  });
  return rows;
}
