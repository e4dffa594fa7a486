/** Tokens and cost of an agent, as its transcripts tell: in all, by model, and for each turn. */
import type { TurnUsage, UsageView } from '@headspace/contract';
import type { Pool } from 'pg';
import { countsOf, type Prices, unpricedModels, type UsageBucket } from '../../domain/cost.ts';
import { oneLine } from '../../domain/display.ts';

/** Turns in one answer, newest first. */
const TURNS = 500;
const PROMPT_CHARACTERS = 200;

type BucketRow = UsageBucket & { subagent: boolean };
type TurnRow = UsageBucket & { promptId: string | null; promptText: string | null; at: Date };

/** One row for all messages of the same price, by what else they are told apart by. */
const BUCKETS = `
  model, fast,
  case when input_tokens + cache_creation_tokens + cache_read_tokens > 200000 then 2
    when input_tokens + cache_creation_tokens + cache_read_tokens > 100000 then 1
    else 0 end as prompt,
  count(*)::float8 as messages, sum(input_tokens)::float8 as input,
  sum(cache_creation_tokens)::float8 as "cacheCreation",
  sum(cache_creation_1h_tokens)::float8 as "cacheCreation1h",
  sum(cache_read_tokens)::float8 as "cacheRead", sum(output_tokens)::float8 as output`;

const OF_AGENT = `
  select subagent is not null as subagent, ${BUCKETS}
  from transcript_usage where agent_id = $1 group by 1, model, fast, prompt`;

const OF_TURNS = `
with newest as (
  select prompt_id, min(happened_at) as at from transcript_usage where agent_id = $1
  group by prompt_id order by at desc limit $2
),
sums as (
  select prompt_id, ${BUCKETS} from transcript_usage where agent_id = $1
  group by prompt_id, model, fast, prompt
)
select n.prompt_id as "promptId", n.at, t.body as "promptText", sums.*
from newest n join sums on sums.prompt_id is not distinct from n.prompt_id
  left join lateral (
    select left(body, ${PROMPT_CHARACTERS * 8}) as body from turns
    where agent_id = $1 and prompt_id = n.prompt_id and actor = 'user' and kind = 'prompt'
    order by happened_at, place, id limit 1) t on true
order by n.at desc, n.prompt_id`;

export async function listUsage(pool: Pool, agentId: number, prices: Prices): Promise<UsageView> {
  const [{ rows: all }, { rows: ofTurns }] = await Promise.all([
    pool.query<BucketRow>(OF_AGENT, [agentId]),
    pool.query<TurnRow>(OF_TURNS, [agentId, TURNS]),
  ]);
  const models = Map.groupBy(all, ({ model }) => model);
  return {
    total: countsOf(all, prices),
    subagents: countsOf(
      all.filter(({ subagent }) => subagent),
      prices,
    ),
    models: [...models]
      .map(([model, buckets]) => ({ model, ...countsOf(buckets, prices) }))
      .toSorted((a, b) => (a.model ?? '').localeCompare(b.model ?? '')),
    unpricedModels: unpricedModels(all, prices),
    turns: [...Map.groupBy(ofTurns, ({ promptId }) => promptId)].map(
      ([promptId, buckets]): TurnUsage => {
        const [first] = buckets;
        const text = first?.promptText ?? null;
        return {
          promptId,
          prompt: text === null ? null : oneLine(text, PROMPT_CHARACTERS),
          at: (first?.at ?? new Date(0)).toISOString(),
          ...countsOf(buckets, prices),
        };
      },
    ),
  };
}
