/** Reads of prompts. They are written by the section only (features/agents/persist.ts). */
import type { AcceptedBy, PromptKind, PromptState } from '@headspace/contract';
import type { Pool } from 'pg';

export interface PromptRow {
  id: number;
  agentId: number;
  key: string;
  request: string;
  body: string;
  kind: PromptKind;
  state: PromptState;
  /** Its number in the queue, from 1; null unless queued. */
  place: number | null;
  position: number;
  revision: number;
  attempt: number;
  reason: string | null;
  file: string | null;
  createdAt: Date;
  changedAt: Date;
  acceptedAt: Date | null;
  acceptedBy: AcceptedBy | null;
}

const COLUMNS = `p.id::float8 as id, p.agent_id as "agentId", p.idempotency_key as key, p.request,
  p.body, p.kind, p.state, p.position::float8 as position, p.revision, p.attempt, p.reason, p.file,
  p.created_at as "createdAt", p.changed_at as "changedAt", p.accepted_at as "acceptedAt",
  p.accepted_by as "acceptedBy",
  case when p.state = 'queued' then (
    select count(*)::int from prompts q where q.agent_id = p.agent_id and q.state = 'queued'
      and (q.position, q.id) <= (p.position, p.id)) end as place`;

/** One prompt of this agent. */
export async function findPrompt(
  pool: Pool,
  agentId: number,
  id: number,
): Promise<PromptRow | undefined> {
  const { rows } = await pool.query<PromptRow>({
    name: 'find-prompt',
    text: `select ${COLUMNS} from prompts p where p.id = $2 and p.agent_id = $1`,
    values: [agentId, id],
  });
  return rows[0];
}

/** The prompt that was given under this idempotency key. */
export async function findPromptByKey(
  pool: Pool,
  agentId: number,
  key: string,
): Promise<PromptRow | undefined> {
  const { rows } = await pool.query<PromptRow>({
    name: 'find-prompt-by-key',
    text: `select ${COLUMNS} from prompts p where p.agent_id = $1 and p.idempotency_key = $2`,
    values: [agentId, key],
  });
  return rows[0];
}

/** Open ones in the order of delivery, then the failed, then what is done, newest first. */
export async function listPrompts(
  pool: Pool,
  agentId: number,
  limit: number,
): Promise<PromptRow[]> {
  const { rows } = await pool.query<PromptRow>(
    `(select ${COLUMNS}, 0 as part from prompts p
       where p.agent_id = $1 and p.state in ('delivering', 'pasted', 'queued', 'failed')
       order by (p.state = 'failed'), (p.state = 'queued'), p.position, p.id limit $2)
     union all
     (select ${COLUMNS}, 1 as part from prompts p
       where p.agent_id = $1 and p.state in ('accepted', 'cancelled') order by p.id desc limit $2)
     order by part limit $2`,
    [agentId, limit],
  );
  return rows;
}

/** All that wait for delivery, in its order. */
export async function listQueued(pool: Pool, agentId: number): Promise<PromptRow[]> {
  const { rows } = await pool.query<PromptRow>(
    `select ${COLUMNS} from prompts p where p.agent_id = $1 and p.state = 'queued'
     order by p.position, p.id`,
    [agentId],
  );
  return rows;
}

export interface QueueEnds {
  /** For a prompt that is added. */
  nextId: number;
  /** Positions before and behind everything that waits. */
  first: number;
  last: number;
}

export async function queueEnds(pool: Pool, agentId: number): Promise<QueueEnds> {
  const { rows } = await pool.query<QueueEnds>({
    name: 'prompt-queue-ends',
    text: `select nextval(pg_get_serial_sequence('prompts', 'id'))::float8 as "nextId",
        coalesce(min(position) - 1, 1)::float8 as first,
        coalesce(max(position) + 1, 1)::float8 as last
      from prompts where agent_id = $1 and state in ('queued', 'delivering', 'pasted', 'failed')`,
    values: [agentId],
  });
  const [ends] = rows;
  if (ends === undefined) throw new Error('an aggregate gave no row');
  return ends;
}
