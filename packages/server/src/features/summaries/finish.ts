/**
 * What came of a claim. A result is written only by the claim's own token and only where there is
 * none yet; with it, in one transaction, the line of the command that it serves, the message to
 * readers, and what the call took.
 */
import type { Pool, PoolClient } from 'pg';
import { storableJson } from '../../domain/display.ts';
import type { CallFailure, NextStep } from '../../domain/summary-retry.ts';
import { PROMPT_VERSION, type SummaryResult } from '../../domain/summary.ts';
import { inTransaction } from '../../platform/database/index.ts';
import type { LlmUsage } from '../../platform/llm/index.ts';
import type { Claim } from './claim.ts';

type Client = Pick<PoolClient, 'query'>;

export interface Finished {
  readonly claim: Pick<Claim, 'id' | 'token'>;
  readonly result: SummaryResult;
  readonly provider: string;
  readonly model: string;
}

const FINISH = `
with done as (
  update summaries s set state = 'done', token = null, lease_until = null, input = null,
    text = r.text, frustration = r.frustration, result = r.scores, provider = r.provider,
    model = r.model, prompt_version = $2, finished_at = now(), failure = null, error = null
  from json_to_recordset($1::json) as r(id bigint, token uuid, text text, frustration int,
    scores jsonb, provider text, model text)
  where s.id = r.id and s.token = r.token and s.state = 'claimed' and s.text is null
  returning s.*
),
served as (
  insert into summaries (kind, entity_id, agent_id, project_id, command_id, input_hash, state,
    text, provider, model, prompt_version, wanted_at, finished_at)
  select serves, command_id, agent_id, project_id, command_id, input_hash, 'done', text, provider,
    model, prompt_version, wanted_at, finished_at
  from done where serves is not null
  on conflict (kind, entity_id, input_hash) do nothing
),
told as (
  insert into outbox (type, agent_id, message)
  select 'summary.changed', agent_id, json_build_object('type', 'summary.changed',
    'agentId', agent_id, 'summaries', json_agg(json_build_object('kind', kind,
      'entityId', entity_id, 'commandId', command_id, 'serves', serves, 'text', text,
      'frustration', frustration) order by id))::text
  from done group by agent_id
)
select count(*)::int as written from done`;

/** How many were written: the others had lost their claim. */
export async function finishAll(client: Client, finished: readonly Finished[]): Promise<number> {
  const rows = finished.map(({ claim, result, provider, model }) => ({
    id: claim.id,
    token: claim.token,
    text: result.text,
    frustration: result.frustration,
    scores: result.scores,
    provider,
    model,
  }));
  const answer = await client.query<{ written: number }>({
    name: 'finish-summaries',
    text: FINISH,
    values: [storableJson(rows), PROMPT_VERSION],
  });
  return answer.rows[0]?.written ?? 0;
}

export interface CallEnd {
  readonly token: string;
  readonly outcome: 'done' | CallFailure;
  readonly error: string | null;
  readonly durationMs: number;
  readonly usage: LlmUsage;
  readonly usd: number | null;
}

/** The answer of a call and what it took. True where the answer was written. */
export function finishCall(pool: Pool, finished: Finished, end: CallEnd): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const written = await finishAll(client, [finished]);
    await settleCall(client, end);
    return written === 1;
  });
}

export interface FailedClaim {
  readonly claim: Pick<Claim, 'id' | 'token'>;
  readonly provider: string;
  readonly step: NextStep;
}

export function failCall(pool: Pool, { claim, provider, step }: FailedClaim, end: CallEnd) {
  return inTransaction(pool, async (client) => {
    const rests = step.kind === 'retry' && step.pausesProvider;
    await client.query({
      name: 'fail-summary',
      text: `update summaries set state = $3, token = null, lease_until = null,
               due_at = now() + make_interval(secs => $4::float8 / 1000),
               attempts = attempts - $5, failure = $6, error = $7
             where id = $1 and token = $2 and state = 'claimed'`,
      values: [
        claim.id,
        claim.token,
        step.kind === 'fail' ? 'failed' : 'queued',
        // Where the provider rests, that is what it waits for.
        step.kind === 'fail' || rests ? 0 : step.afterMs,
        step.kind === 'retry' && !step.counts ? 1 : 0,
        end.outcome,
        end.error,
      ],
    });
    await settleCall(client, end);
    if (rests) await restProvider(client, provider, step.afterMs, end.error ?? end.outcome);
  });
}

async function restProvider(client: Client, provider: string, forMs: number, reason: string) {
  await client.query({
    name: 'rest-provider',
    text: `insert into inference_pauses as p (provider, paused_until, reason)
           values ($1, now() + make_interval(secs => $2::float8 / 1000), $3)
           on conflict (provider) do update set reason = excluded.reason,
             paused_until = greatest(p.paused_until, excluded.paused_until)`,
    values: [provider, forMs, reason],
  });
}

/** Nobody charges for these; of the others it is not known, and what was reserved stays counted. */
const FREE: ReadonlySet<string> = new Set<CallFailure>([
  'rate-limited',
  'server-error',
  'misconfigured',
  'refused',
]);

async function settleCall(client: Client, end: CallEnd): Promise<void> {
  const { token, outcome, error, durationMs, usage, usd } = end;
  const isFree = FREE.has(outcome);
  const input = isFree ? 0 : usage.inputTokens;
  const output = isFree ? 0 : usage.outputTokens;
  await client.query({
    name: 'settle-inference-call',
    text: `
      with settled as (
        update inference_calls set outcome = $2, error = $3, duration_ms = $4, input_tokens = $5,
          output_tokens = $6, cost_usd = $7
        where token = $1 returning *
      )
      update inference_budgets b set
        tokens = b.tokens + coalesce(c.input_tokens + c.output_tokens - c.reserved_tokens, 0),
        usd = b.usd + coalesce(c.cost_usd - c.reserved_usd, 0)
      from settled c where b.scope = coalesce(c.project_id, 0) and b.day = c.day`,
    values: [token, outcome, error, Math.round(durationMs), input, output, isFree ? 0 : usd],
  });
}
