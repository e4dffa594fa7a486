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
  /** Only rows before the one with this id. */
  before: number | null;
  limit: number;
}

export interface TurnPage extends Page {
  /** Also tool calls and what they gave back. */
  tools: boolean;
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

/**
 * In the order in which it was said: rows can come late, from a transcript or a spool. The command
 * of a turn that only the transcript told of is found by its prompt.
 */
export async function listTurns(pool: Pool, agentId: number, page: TurnPage): Promise<TurnView[]> {
  const { rows } = await pool.query<TurnRow>(
    `select t.id::float8 as id, t.actor, t.kind, t.body as text, t.happened_at,
       coalesce(t.command_id, (select min(c.id) from commands c
         where c.agent_id = t.agent_id and c.prompt_id = t.prompt_id))::float8 as "commandId",
       s.text as summary, s.frustration
     from turns t
     left join lateral (select text, frustration from summaries
       where kind = 'turn' and entity_id = t.id and state = 'done'
       order by wanted_at desc, id desc limit 1) s on true
     where t.agent_id = $1 and ($4 or t.kind not in ('tool', 'tool_result'))
       and ($2::float8 is null or (t.happened_at, t.place, t.id) <
         (select b.happened_at, b.place, b.id from turns b where b.agent_id = $1 and b.id = $2))
     order by t.happened_at desc, t.place desc, t.id desc limit $3`,
    [agentId, page.before, page.limit, page.tools],
  );
  return rows.map(turnView);
}

/**
 * In the order in which they were written, after the one with this id. An agent's turns are written
 * under its lock, so that none comes later with a smaller id.
 */
export async function turnsAfter(
  pool: Pool,
  agentId: number,
  { after, limit }: { after: number; limit: number },
): Promise<TurnView[]> {
  const { rows } = await pool.query<TurnRow>(
    `select t.id::float8 as id, t.actor, t.kind, t.body as text, t.happened_at,
       t.command_id::float8 as "commandId"
     from turns t where t.agent_id = $1 and t.id > $2 and t.kind not in ('tool', 'tool_result')
     order by t.id limit $3`,
    [agentId, after, limit],
  );
  return rows.map(turnView);
}

type TurnRow = Omit<TurnView, 'at' | 'truncated'> & { happened_at: Date };

function turnView({ happened_at: at, ...turn }: TurnRow): TurnView {
  const { text, truncated } = beginning(redactText(turn.text), TURN_CHARACTERS);
  return { ...turn, text, truncated, at: at.toISOString() };
}
