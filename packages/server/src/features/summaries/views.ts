/** What the API shows of summaries, budgets and calls. Reads only. */
import type { InferenceCallView, InferenceView, SummaryView } from '@headspace/contract';
import type { Pool } from 'pg';
import { newestLine } from './plan-queries.ts';

export interface SummaryFilter {
  readonly agentId: number | null;
  readonly state: string | null;
  /** Only rows before the one with this id. */
  readonly before: number | null;
  readonly limit: number;
}

type Dates<T, K extends keyof T> = Omit<T, K> & {
  [P in K]: null extends T[P] ? Date | null : Date;
};
type SummaryRow = Dates<SummaryView, 'createdAt' | 'dueAt' | 'finishedAt'>;

export async function listSummaries(pool: Pool, filter: SummaryFilter): Promise<SummaryView[]> {
  const { agentId, state, before, limit } = filter;
  const { rows } = await pool.query<SummaryRow>(
    `select id::float8 as id, kind, entity_id::float8 as "entityId", agent_id as "agentId",
       project_id as "projectId", command_id::float8 as "commandId", state, text, frustration,
       provider, model, attempts, error, created_at as "createdAt",
       case when state = 'queued' and due_at > now() then due_at end as "dueAt",
       finished_at as "finishedAt"
     from summaries
     where ($1::int is null or agent_id = $1) and ($2::text is null or state = $2)
       and ($3::float8 is null or id < $3)
     order by id desc limit $4`,
    [agentId, state, before, limit],
  );
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    dueAt: row.dueAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }));
}

const CALLS = 50;

export async function listCalls(pool: Pool): Promise<InferenceCallView[]> {
  const { rows } = await pool.query<Dates<InferenceCallView, 'startedAt'>>(
    `select id::float8 as id, kind, project_id as "projectId", agent_id as "agentId", provider,
       model, started_at as "startedAt", duration_ms as "durationMs",
       input_tokens as "inputTokens", output_tokens as "outputTokens", cost_usd as "costUSD",
       outcome, error
     from inference_calls order by id desc limit ${CALLS}`,
  );
  return rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }));
}

/** In numbers, without what is done: there can be very many of those. */
const QUEUE = `
select count(*) filter (where state = 'queued')::int as queued,
  count(*) filter (where state = 'claimed')::int as claimed,
  count(*) filter (where state = 'failed')::int as failed,
  count(*) filter (where state = 'waiting-for-budget')::int as "waitingForBudget"
from summaries where state in ('queued', 'claimed', 'failed', 'waiting-for-budget')`;

const NO_QUEUE = { queued: 0, claimed: 0, failed: 0, waitingForBudget: 0 };

export async function queueCounts(pool: Pool): Promise<InferenceView['queue']> {
  const { rows } = await pool.query<InferenceView['queue']>(QUEUE);
  return rows[0] ?? NO_QUEUE;
}

export async function restOf(pool: Pool, provider: string): Promise<InferenceView['resting']> {
  const { rows } = await pool.query<{ until: Date; reason: string }>(
    `select paused_until as until, reason from inference_pauses
     where provider = $1 and paused_until > now()`,
    [provider],
  );
  const [row] = rows;
  return row === undefined ? null : { until: row.until.toISOString(), reason: row.reason };
}

/** Projects with living agents, or with calls of today or work that waits. */
const PROJECTS = `
select nullif(x.scope, 0) as id, p.name, ${newestLine('project', 'x.scope')} as line,
  coalesce(b.tokens, 0)::float8 as tokens, coalesce(b.usd, 0) as dollars,
  coalesce(w.waiting, 0)::int as "waitingForBudget"
from (
  select project_id as scope from agents where ended_at is null
  union select scope from inference_budgets where day = (now() at time zone 'utc')::date
  union select coalesce(project_id, 0) from summaries where state = 'waiting-for-budget'
) x
left join projects p on p.id = x.scope
left join inference_budgets b on b.scope = x.scope and b.day = (now() at time zone 'utc')::date
left join (select coalesce(project_id, 0) as scope, count(*) as waiting from summaries
  where state = 'waiting-for-budget' group by 1) w on w.scope = x.scope
order by b.tokens desc nulls last, x.scope limit 200`;

export async function projectBudgets(pool: Pool): Promise<InferenceView['projects']> {
  const { rows } = await pool.query<InferenceView['projects'][number]>(PROJECTS);
  return rows;
}

export async function today(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ day: string }>(
    `select (now() at time zone 'utc')::date::text as day`,
  );
  return rows[0]?.day ?? '';
}
