/** Signals that wait for the poller, with the agents that they speak of. */
import type { Pool } from 'pg';
import type { ContextUse } from '../../domain/context-use.ts';
import type { ContextSignal } from './signals.ts';

export interface WaitingSignal {
  signal: ContextSignal;
  /** The living agent of that session; null where there is none. */
  agentId: number | null;
  /** What is known of its context, read without a lock. */
  known: Partial<ContextUse> | null;
  waitedMs: number;
}

const WAITING = `
select s.host, s.session_id as "sessionId", s.source, s.at_ms::float8 as at,
  s.used_tokens::float8 as "usedTokens", s.window_tokens::float8 as "windowTokens",
  s.shown_percent as "shownPercent", s.model, s.prompt_id as "promptId",
  a.id as "agentId", a.activity -> 'context' as known,
  extract(epoch from now() - s.received_at)::float8 * 1000 as "waitedMs"
from context_signals s
left join agents a on a.host = s.host and a.session_id = s.session_id and a.ended_at is null
where not s.polled
order by (a.id is null), s.received_at limit $1`;

/** The oldest first, those of known agents before the others. */
export async function waitingSignals(pool: Pool, limit: number): Promise<WaitingSignal[]> {
  const { rows } = await pool.query<ContextSignal & Omit<WaitingSignal, 'signal'>>({
    name: 'waiting-context-signals',
    text: WAITING,
    values: [limit],
  });
  return rows.map(({ agentId, known, waitedMs, ...signal }) => {
    return { signal, agentId, known, waitedMs };
  });
}

/** Notes that these were looked at; one that has become newer meanwhile waits on. */
export async function markPolled(pool: Pool, signals: readonly ContextSignal[]): Promise<void> {
  if (signals.length === 0) return;
  await pool.query({
    name: 'mark-context-signals',
    text: `update context_signals s set polled = true
      from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        as r(host, session_id, source, at_ms)
      where s.host = r.host and s.session_id = r.session_id and s.source = r.source
        and s.at_ms = r.at_ms`,
    values: [
      signals.map(({ host }) => host),
      signals.map(({ sessionId }) => sessionId),
      signals.map(({ source }) => source),
      signals.map(({ at }) => at),
    ],
  });
}

/** Sessions of which nothing was heard for so long are over. */
export async function deleteOldSignals(pool: Pool, days: number): Promise<void> {
  await pool.query(
    `delete from context_signals where received_at < now() - make_interval(days => $1)`,
    [days],
  );
}
