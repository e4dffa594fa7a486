/** Does the database server have enough connections for all Headspace processes that use it? */
import type { PoolClient } from 'pg';
import { StartError } from './start-error.ts';

export interface Demand {
  readonly poolSize: number;
  readonly maxOverflow: number;
}

/** The workers of durable jobs: one listens for new ones, one takes and completes them. */
export const JOB_CONNECTIONS = 2;

/**
 * Beside its pool a process keeps two lock sessions, two listeners, one membership session, and
 * what its jobs need.
 */
export const SESSIONS_BESIDE_POOL = 5 + JOB_CONNECTIONS;

interface Capacity {
  /** Connections that a normal role may have on this server, role and database limits included. */
  readonly limit: number;
  /** Headspace processes that are connected now, this one included. */
  readonly processes: number;
  /** Connections of other programs now. */
  readonly foreign: number;
}

/**
 * Compares what every connected Headspace process may open with what the server allows. The other
 * processes are taken to be configured like this one. Throws StartError `connections_exceed_limit`
 * with the numbers. Call it on a connection of the pool, so that this process is counted too:
 * of two that start at once, each sees the other or is seen by it.
 */
export async function checkCapacity(client: PoolClient, demand: Demand): Promise<void> {
  const { limit, processes, foreign } = await measure(client);
  const each = demand.poolSize + demand.maxOverflow + SESSIONS_BESIDE_POOL;
  const needed = each * processes;
  const room = limit - foreign;
  if (needed <= room) return;
  const fits = Math.floor(room / processes) - SESSIONS_BESIDE_POOL;
  const smallerPool =
    fits >= 1
      ? `lower database.poolSize + database.maxOverflow from ${String(demand.poolSize + demand.maxOverflow)} to ${String(fits)} or less`
      : 'start fewer Headspace processes';
  throw new StartError(
    'connections_exceed_limit',
    `${String(processes)} Headspace process${processes === 1 ? '' : 'es'} may open ${String(needed)} connections (${String(each)} each), but the database server has only ${String(room)} for them (limit ${String(limit)}, ${String(foreign)} used by others)`,
    `raise max_connections by at least ${String(needed - room)}, or ${smallerPool}`,
  );
}

async function measure(client: PoolClient): Promise<Capacity> {
  // reserved_connections exists since PostgreSQL 16. Limits of -1 mean none.
  const { rows } = await client.query<Capacity>(
    `select
       least(
         current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0),
         (select nullif(datconnlimit, -1) from pg_database where datname = current_database()),
         (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user)
       ) as limit,
       (select count(distinct substring(application_name from '^headspace:[^:]*:\\d+'))
          from pg_stat_activity)::int as processes,
       (select count(*) from pg_stat_activity
         where backend_type = 'client backend'
           and application_name !~ '^headspace:[^:]*:\\d+')::int as foreign`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the capacity query returned no row');
  return { ...row, processes: Math.max(1, row.processes) };
}
