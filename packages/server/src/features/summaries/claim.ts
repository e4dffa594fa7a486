/**
 * Takes rows to be summarised: in a short transaction that ends before anybody is called. A row that
 * another worker has in hand is stepped over. The claim has a token and a lease; tokens and dollars
 * of the call are reserved with it, and its line in the ledger stands before the call is made.
 */
import type { Pool, PoolClient } from 'pg';
import { SummaryInput, type SummaryResult } from '../../domain/summary.ts';
import { inTransaction } from '../../platform/database/index.ts';
import type { Estimate, ModelSummariser } from './summariser.ts';

type Client = Pick<PoolClient, 'query'>;

export interface Claim {
  readonly id: number;
  readonly token: string;
  readonly input: SummaryInput;
  readonly inputHash: string;
  readonly agentId: number | null;
  readonly projectId: number | null;
  /** With this one. */
  readonly attempts: number;
  /** How the call before failed. */
  readonly failure: string | null;
}

interface ClaimRow extends Omit<Claim, 'input'> {
  readonly input: string;
}

/**
 * The index summaries_due gives the oldest; locked rows are somebody else's. That the provider rests
 * is looked at in the same statement: what a failed call gave back comes with the rest it asked for.
 */
const CLAIM = `
update summaries s set state = 'claimed', token = gen_random_uuid(), attempts = s.attempts + 1,
  lease_until = now() + make_interval(secs => $2::float8 / 1000)
where s.id = any (array(
  select id from summaries where state = 'queued' and due_at <= now()
    and not exists (select from inference_pauses p
      where p.provider = $3 and p.paused_until > now())
  order by due_at, id limit $1 for update skip locked))
returning s.id::float8 as id, s.token, s.input, s.input_hash as "inputHash",
  s.agent_id as "agentId", s.project_id as "projectId", s.attempts, s.failure`;

/** Up to `limit` rows, oldest first; none while the provider rests. */
export async function claimRows(
  client: Client,
  provider: string,
  limit: number,
  leaseMs: number,
): Promise<Claim[]> {
  const { rows } = await client.query<ClaimRow>({
    name: 'claim-summaries',
    text: CLAIM,
    values: [limit, leaseMs, provider],
  });
  return rows
    .toSorted((a, b) => a.id - b.id)
    .map((row) => ({ ...row, input: SummaryInput.parse(JSON.parse(row.input)) }));
}

/** Per project and UTC day; 0 for no limit. */
export interface DailyLimits {
  readonly tokens: number;
  readonly usd: number;
}

export interface ClaimOptions {
  readonly pool: Pool;
  readonly summariser: ModelSummariser;
  readonly limits: DailyLimits;
  readonly leaseMs: number;
}

export type Claimed =
  /** Call the model; the call is in the ledger under the claim's token. */
  | { readonly kind: 'call'; readonly claim: Claim }
  /** No call is needed. */
  | { readonly kind: 'answer'; readonly claim: Claim; readonly answer: KnownAnswer }
  /** The day's budget is used up: the row waits for the next one. */
  | { readonly kind: 'waiting' };

export interface KnownAnswer {
  readonly result: SummaryResult;
  readonly isCached: boolean;
}

/** Null where nothing is due, or the provider rests. */
export function claimNext(options: ClaimOptions): Promise<Claimed | null> {
  const { pool, summariser, leaseMs } = options;
  return inTransaction(pool, async (client) => {
    const [claim] = await claimRows(client, summariser.provider, 1, leaseMs);
    if (claim === undefined) return null;
    const evident = summariser.evident(claim.input);
    if (evident !== null) {
      return { kind: 'answer', claim, answer: { result: evident, isCached: false } };
    }
    const cached = await findKnown(client, claim, summariser);
    if (cached !== null) {
      return { kind: 'answer', claim, answer: { result: cached, isCached: true } };
    }
    const estimate = summariser.estimate(claim.input, claim.inputHash);
    const day = await reserve(client, claim.projectId, estimate, options.limits);
    if (day === null) {
      await waitForBudget(client, claim, estimate);
      return { kind: 'waiting' };
    }
    await enterCall(client, claim, { summariser, estimate, day });
    return { kind: 'call', claim };
  });
}

/** The same words were asked of the same model before. */
async function findKnown(
  client: Client,
  { inputHash }: Claim,
  { provider, model }: ModelSummariser,
): Promise<SummaryResult | null> {
  const { rows } = await client.query<SummaryResult>({
    name: 'known-summary',
    text: `select text, frustration, result as scores from summaries
           where input_hash = $1 and state = 'done' and provider = $2 and model = $3 limit 1`,
    values: [inputHash, provider, model],
  });
  return rows[0] ?? null;
}

/** Returns the day, or null where the budget has no room. */
async function reserve(
  client: Client,
  projectId: number | null,
  { tokens, usd }: Estimate,
  limits: DailyLimits,
): Promise<string | null> {
  const { rows } = await client.query<{ day: string }>({
    name: 'reserve-inference',
    text: `
      insert into inference_budgets as b (scope, day, tokens, usd)
      select $1, (now() at time zone 'utc')::date, $2, $3
      where ($4::float8 = 0 or $2::bigint <= $4) and ($5::float8 = 0 or $3::float8 <= $5)
      on conflict (scope, day) do update
        set tokens = b.tokens + excluded.tokens, usd = b.usd + excluded.usd
        where ($4 = 0 or b.tokens + excluded.tokens <= $4)
          and ($5 = 0 or b.usd + excluded.usd <= $5)
      returning day::text as day`,
    values: [projectId ?? 0, tokens, usd ?? 0, limits.tokens, limits.usd],
  });
  return rows[0]?.day ?? null;
}

async function waitForBudget(client: Client, { id }: Claim, { tokens }: Estimate): Promise<void> {
  await client.query({
    name: 'wait-for-budget',
    text: `update summaries set state = 'waiting-for-budget', token = null, lease_until = null,
             attempts = attempts - 1, estimate = $2 where id = $1`,
    values: [id, tokens],
  });
}

async function enterCall(
  client: Client,
  { id, token, input, projectId, agentId }: Claim,
  given: { summariser: ModelSummariser; estimate: Estimate; day: string },
): Promise<void> {
  const { summariser, estimate, day } = given;
  await client.query({
    name: 'enter-inference-call',
    text: `insert into inference_calls (summary_id, kind, project_id, agent_id, provider, model,
             token, day, reserved_tokens, reserved_usd)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      id,
      input.kind,
      projectId,
      agentId,
      summariser.provider,
      summariser.model,
      token,
      day,
      estimate.tokens,
      estimate.usd,
    ],
  });
}
