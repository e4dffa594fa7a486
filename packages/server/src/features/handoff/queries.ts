/**
 * Rows of handoffs. They are written in the section of the agent that hands over, whole, with the
 * state in which they were read there.
 */
import type { HandoffState, HandoffTrigger, MissedTerms } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';
import { type HandoffStep, handoffJobKey, handoffJobName } from '../../domain/handoff.ts';
import type { ExamQuestion } from '../../domain/handoff-exam.ts';
import { handoffView } from './view.ts';

export type Client = Pick<PoolClient, 'query'>;

export interface HandoffRow {
  id: number;
  agentId: number;
  successorId: number | null;
  launchId: number | null;
  key: string;
  request: string;
  host: string;
  trigger: HandoffTrigger;
  reason: string | null;
  note: string | null;
  state: HandoffState;
  failedIn: HandoffStep | null;
  why: string | null;
  attempt: number;
  path: string | null;
  /** Of the present step: of the agent until it is sealed, then of the successor. */
  promptId: number | null;
  questions: ExamQuestion[];
  answer: string | null;
  score: number | null;
  missed: MissedTerms[];
  createdAt: Date;
  changedAt: Date;
  deadlineAt: Date | null;
}

const COLUMNS = `h.id::float8 as id, h.agent_id as "agentId", h.successor_id as "successorId",
  h.launch_id::float8 as "launchId", h.idempotency_key as key, h.request, h.host, h.trigger,
  h.reason, h.note, h.state, h.failed_in as "failedIn", h.why, h.attempt, h.path,
  h.prompt_id::float8 as "promptId", h.questions, h.answer, h.score, h.missed,
  h.created_at as "createdAt", h.changed_at as "changedAt", h.deadline_at as "deadlineAt"`;

export async function findHandoff(client: Client, id: number): Promise<HandoffRow | undefined> {
  const { rows } = await client.query<HandoffRow>(
    `select ${COLUMNS} from handoffs h where h.id = $1`,
    [id],
  );
  return rows[0];
}

export async function findHandoffByKey(
  client: Client,
  agentId: number,
  key: string,
): Promise<HandoffRow | undefined> {
  const { rows } = await client.query<HandoffRow>(
    `select ${COLUMNS} from handoffs h where h.agent_id = $1 and h.idempotency_key = $2`,
    [agentId, key],
  );
  return rows[0];
}

/** The one that is open, from this agent. By the index `handoffs_open`. */
export async function findOpenHandoff(
  client: Client,
  agentId: number,
): Promise<HandoffRow | undefined> {
  const { rows } = await client.query<HandoffRow>(
    `select ${COLUMNS} from handoffs h
     where h.agent_id = $1 and h.state not in ('done', 'abandoned')`,
    [agentId],
  );
  return rows[0];
}

/** Newest first; of one agent those from it and those to it. */
export async function listHandoffs(
  pool: Pool,
  agentId: number | null,
  limit: number,
): Promise<HandoffRow[]> {
  const { rows } = await pool.query<HandoffRow>(
    `select ${COLUMNS} from handoffs h
     where $1::int is null or h.agent_id = $1 or h.successor_id = $1 order by h.id desc limit $2`,
    [agentId, limit],
  );
  return rows;
}

export async function nextHandoffId(client: Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('handoffs', 'id'))::float8 as id`,
  );
  return rows[0]?.id ?? 0;
}

/** The row with its job. False where the agent has an open one, or the key is known. */
export async function addHandoff(client: Client, row: HandoffRow): Promise<boolean> {
  await keepOnDisk(client);
  const { rowCount } = await client.query(
    `insert into handoffs (id, agent_id, idempotency_key, request, host, trigger, reason, note,
       state, created_at, changed_at, deadline_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) on conflict do nothing`,
    [
      row.id,
      row.agentId,
      row.key,
      row.request,
      row.host,
      row.trigger,
      row.reason,
      row.note,
      row.state,
      row.createdAt,
      row.deadlineAt,
    ],
  );
  if (rowCount === 0) return false;
  await wakeHandoff(client, row);
  await tell(client, row);
  return true;
}

/** `from`: the state in which it was read. @throws where somebody else has moved it on meanwhile */
export async function saveHandoff(
  client: Client,
  from: HandoffState,
  row: HandoffRow,
): Promise<void> {
  await keepOnDisk(client);
  const { rowCount } = await client.query(
    `update handoffs set state = $3, failed_in = $4, why = $5, attempt = $6, path = $7,
       prompt_id = $8, launch_id = $9, successor_id = $10, questions = $11, answer = $12,
       score = $13, missed = $14, changed_at = $15, deadline_at = $16
     where id = $1 and state = $2`,
    [
      row.id,
      from,
      row.state,
      row.failedIn,
      row.why,
      row.attempt,
      row.path,
      row.promptId,
      row.launchId,
      row.successorId,
      JSON.stringify(row.questions),
      row.answer,
      row.score,
      JSON.stringify(row.missed),
      row.changedAt,
      row.deadlineAt,
    ],
  );
  if (rowCount === 0) throw new Error(`handoff ${row.id} is no longer ${from}`);
  await tell(client, row);
}

/** Its job comes at once, whenever it was due. */
export async function wakeHandoff(
  client: Client,
  { id, host }: Pick<HandoffRow, 'id' | 'host'>,
): Promise<void> {
  await client.query(
    `select graphile_worker.add_job($1, json_build_object('handoffId', $2::bigint), job_key := $3)`,
    [handoffJobName(host), id, handoffJobKey(id)],
  );
}

/** A terminal is about to be sent something, or a program started, by what is written here. */
async function keepOnDisk(client: Client): Promise<void> {
  await client.query(`select set_config('synchronous_commit', 'on', true)`);
}

async function tell(client: Client, row: HandoffRow): Promise<void> {
  const message = { type: 'handoff.changed', handoff: handoffView(row) };
  await client.query('insert into outbox (type, agent_id, message) values ($1, $2, $3)', [
    message.type,
    row.agentId,
    JSON.stringify(message),
  ]);
}

export interface ExamAnswer {
  /** Whether the turn is over, and all is known that was said in it. */
  complete: boolean;
  answer: string | null;
  outcome: string | null;
}

/**
 * What the agent said in the turn of this prompt. The turn is known by the tag in its words; where
 * these went as a file, by the moment at which the prompt arrived.
 */
export async function findAnswer(
  pool: Pool,
  agentId: number,
  promptId: number,
  tag: string,
): Promise<ExamAnswer | undefined> {
  const { rows } = await pool.query<ExamAnswer>(
    `select c.completed_at is not null and c.output is distinct from 'pending' as complete,
       c.outcome,
       (select string_agg(t.body, E'\\n' order by t.happened_at, t.place, t.id) from turns t
         where t.agent_id = c.agent_id and t.actor = 'agent' and t.kind = 'message'
           and (t.command_id = c.id or t.prompt_id = c.prompt_id)) as answer
     from commands c join prompts p on p.id = $2 and p.agent_id = c.agent_id
     where c.agent_id = $1 and (strpos(c.prompt, $3) > 0
       or abs(extract(epoch from c.started_at - p.accepted_at)) < 1)
     order by (strpos(coalesce(c.prompt, ''), $3) > 0) desc, c.id desc limit 1`,
    [agentId, promptId, tag],
  );
  return rows[0];
}

/**
 * Living agents with a terminal whose context is as full as `percent`, and of which the mark has not
 * asked yet: once, whatever became of it.
 */
export async function agentsAtMark(pool: Pool, percent: number, limit: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'agents-at-handoff-mark',
    text: `select a.id from agents a
      where a.ended_at is null and a.kind = 'interactive' and a.tmux_pane is not null
        and a.successor_id is null
        and coalesce(
          (a.activity #>> '{context,usedTokens}')::float8 * 100
            / nullif((a.activity #>> '{context,windowTokens}')::float8, 0),
          (a.activity #>> '{context,shownPercent}')::float8) >= $1
        and not exists (select from handoffs h where h.agent_id = a.id
          and (h.trigger = 'context' or h.state not in ('done', 'abandoned')))
      order by a.id limit $2`,
    values: [percent, limit],
  });
  return rows.map(({ id }) => id);
}
