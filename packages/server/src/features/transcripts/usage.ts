/** Tokens of an agent, as its transcripts tell: in all, by model, and for each of its turns. */
import type { TokenCounts, UsageView } from '@headspace/contract';
import type { Pool } from 'pg';

/** Turns in one answer, newest first. */
const TURNS = 500;

const COUNTS = `
  count(*)::float8 as messages, coalesce(sum(input_tokens), 0)::float8 as "inputTokens",
  coalesce(sum(cache_creation_tokens), 0)::float8 as "cacheCreationTokens",
  coalesce(sum(cache_read_tokens), 0)::float8 as "cacheReadTokens",
  coalesce(sum(output_tokens), 0)::float8 as "outputTokens"`;

export async function listUsage(pool: Pool, agentId: number): Promise<UsageView> {
  const [total, subagents, models, turns] = await Promise.all([
    pool.query<TokenCounts>(`select ${COUNTS} from transcript_usage where agent_id = $1`, [
      agentId,
    ]),
    pool.query<TokenCounts>(
      `select ${COUNTS} from transcript_usage where agent_id = $1 and subagent is not null`,
      [agentId],
    ),
    pool.query<TokenCounts & { model: string | null }>(
      `select model, ${COUNTS} from transcript_usage where agent_id = $1 group by model
       order by model`,
      [agentId],
    ),
    pool.query<TokenCounts & { promptId: string | null }>(
      `select prompt_id as "promptId", ${COUNTS} from transcript_usage where agent_id = $1
       group by prompt_id order by min(happened_at) desc limit $2`,
      [agentId, TURNS],
    ),
  ]);
  const none = { messages: 0, inputTokens: 0, cacheCreationTokens: 0, cacheReadTokens: 0 };
  return {
    total: total.rows[0] ?? { ...none, outputTokens: 0 },
    subagents: subagents.rows[0] ?? { ...none, outputTokens: 0 },
    models: models.rows,
    turns: turns.rows,
  };
}
