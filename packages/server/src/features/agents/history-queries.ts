/** An agent's conversation and state history, newest first. */
import type { CommandState, TransitionView, TurnView } from '@headspace/contract';
import type { Pool } from 'pg';
import type { Witness } from '../../domain/activity.ts';
import { beginning } from '../../domain/display.ts';
import { redactText } from '../../domain/redact.ts';
import { transitionView } from './view.ts';

/** Longest text of one turn in a list. */
const TURN_CHARACTERS = 4_000;

export interface Page {
  /** Only rows with a smaller id. */
  before: number | null;
  limit: number;
}

export async function listTransitions(
  pool: Pool,
  agentId: number,
  page: Page,
): Promise<TransitionView[]> {
  const { rows } = await pool.query<{
    id: number;
    command_id: number | null;
    happened_at: Date;
    from_state: CommandState;
    to_state: CommandState;
    from_attention: string | null;
    to_attention: string;
    reason: string;
    rule: string;
    evidence: Witness[];
  }>(
    `select id::float8 as id, command_id::float8 as command_id, happened_at, from_state, to_state,
       from_attention, to_attention, reason, rule, evidence
     from transitions where agent_id = $1 and ($2::float8 is null or id < $2)
     order by id desc limit $3`,
    [agentId, page.before, page.limit],
  );
  return rows.map((row) =>
    transitionView({
      id: row.id,
      at: row.happened_at.getTime(),
      commandId: row.command_id,
      fromState: row.from_state,
      toState: row.to_state,
      fromAttention: row.from_attention,
      toAttention: row.to_attention,
      reason: row.reason,
      rule: row.rule,
      evidence: row.evidence,
    }),
  );
}

export async function listTurns(pool: Pool, agentId: number, page: Page): Promise<TurnView[]> {
  const { rows } = await pool.query<Omit<TurnView, 'at' | 'truncated'> & { happened_at: Date }>(
    `select id::float8 as id, command_id::float8 as "commandId", actor, kind, body as text,
       happened_at
     from turns where agent_id = $1 and ($2::float8 is null or id < $2)
     order by id desc limit $3`,
    [agentId, page.before, page.limit],
  );
  return rows.map(({ happened_at: at, ...turn }) => {
    const { text, truncated } = beginning(redactText(turn.text), TURN_CHARACTERS);
    return { ...turn, text, truncated, at: at.toISOString() };
  });
}
