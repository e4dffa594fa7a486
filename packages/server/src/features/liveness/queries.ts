/** Which agents of this host a pass has to look at. */
import type { Pool } from 'pg';

export interface WatchedProcess {
  agent_id: number;
  pid: number;
  proc_start: string;
}

/** Processes of living agents that this very process table has shown. */
export async function watchedProcesses(
  pool: Pool,
  host: string,
  table: string | null,
): Promise<WatchedProcess[]> {
  const { rows } = await pool.query<WatchedProcess>({
    name: 'watched-processes',
    text: `select x.agent_id, x.pid, x.proc_start from agent_processes x
      join agents a on a.id = x.agent_id and a.ended_at is null
      where x.host = $1 and x.gone_at is null and x.seen_alive_at is not null
        and (x.seen_in is null or x.seen_in = $2)`,
    values: [host, table],
  });
  return rows;
}

/**
 * Living agents of this host without such a process: they sent no pid, run in a container, or were
 * seen before the machine was started anew.
 */
export async function unwatchedAgents(
  pool: Pool,
  host: string,
  table: string | null,
): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'unwatched-agents',
    text: `select a.id from agents a
      where a.host = $1 and a.ended_at is null and not exists (
        select from agent_processes x where x.agent_id = a.id and x.gone_at is null
          and x.seen_alive_at is not null and (x.seen_in is null or x.seen_in = $2))
      order by a.id limit 5000`,
    values: [host, table],
  });
  return rows.map(({ id }) => id);
}

/** Something of these sessions or processes waits in the inbox and will say more than silence does. */
export async function hasPendingEvents(
  pool: Pool,
  host: string,
  sessionIds: string[],
  pids: number[],
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'has-pending-hook-events',
    text: `(select from hook_events where status = 'pending' and host = $1
        and session_id = any($2::text[]) limit 1)
      union all
      (select from hook_events where status = 'pending' and queue_key = any($3::text[]) limit 1)`,
    values: [host, sessionIds, pids.map((pid) => `${host} pid ${pid}`)],
  });
  return (rowCount ?? 0) > 0;
}

/** When the transcripts of these agents last grew, in milliseconds since 1970, by agent. */
export async function transcriptGrowth(pool: Pool, ids: number[]): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ agent_id: number; at: number }>({
    name: 'transcript-growth',
    text: `select agent_id, extract(epoch from max(updated_at))::float8 * 1000 as at
      from transcript_files where agent_id = any($1::int[]) group by agent_id`,
    values: [ids],
  });
  return new Map(rows.map(({ agent_id: id, at }) => [id, at]));
}
