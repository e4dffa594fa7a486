/** Rows of persona_learnings: what could be added to the experience of a persona. */
import type { LearningState, LearningView } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';

type Client = Pick<PoolClient, 'query'>;

interface LearningRow {
  id: number;
  persona: string;
  host: string;
  agentId: number | null;
  text: string;
  state: LearningState;
  appended: boolean;
  proposedAt: Date;
  decidedAt: Date | null;
}
export type { LearningRow };

const COLUMNS = `id::float8 as id, persona, host, agent_id as "agentId", body as text, state,
  appended, proposed_at as "proposedAt", decided_at as "decidedAt"`;

export interface Proposal {
  persona: string;
  host: string;
  agentId: number | null;
  commandId: number | null;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Undefined where the same command has proposed the same words before. */
export async function addProposal(
  client: Client,
  { persona, host, agentId, commandId, text, at }: Proposal,
): Promise<LearningRow | undefined> {
  const { rows } = await client.query<LearningRow>(
    `insert into persona_learnings (persona, host, agent_id, command_id, body, proposed_at)
     values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))
     on conflict (persona, command_id, md5(body)) where command_id is not null do nothing
     returning ${COLUMNS}`,
    [persona, host, agentId, commandId, text, at],
  );
  return rows[0];
}

export async function findLearning(
  pool: Pool,
  persona: string,
  id: number,
): Promise<LearningRow | undefined> {
  const { rows } = await pool.query<LearningRow>(
    `select ${COLUMNS} from persona_learnings where id = $2 and persona = $1`,
    [persona, id],
  );
  return rows[0];
}

/** Pending ones first, oldest first; then what was decided last. */
export async function listLearnings(
  pool: Pool,
  persona: string,
  host: string,
  limit: number,
): Promise<LearningRow[]> {
  const { rows } = await pool.query<LearningRow>(
    `(select ${COLUMNS}, 0 as part from persona_learnings
       where persona = $1 and host = $2 and state = 'pending' order by id limit $3)
     union all
     (select ${COLUMNS}, 1 as part from persona_learnings
       where persona = $1 and host = $2 and state <> 'pending' order by decided_at desc limit $3)
     order by part limit $3`,
    [persona, host, limit],
  );
  return rows;
}

export async function countPending(pool: Pool, host: string): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ persona: string; pending: number }>(
    `select persona, count(*)::int as pending from persona_learnings
     where host = $1 and state = 'pending' group by persona`,
    [host],
  );
  return new Map(rows.map(({ persona, pending }) => [persona, pending]));
}

/**
 * The first decision wins; undefined for every later one. An accepted one is written into the file
 * by a job too, added here: whoever decides may die before having written it.
 */
export async function decideLearning(
  pool: Pool,
  id: number,
  decision: { state: 'accepted' | 'rejected'; text: string | null; at: number; job: string },
): Promise<LearningRow | undefined> {
  const { rows } = await pool.query<LearningRow>(
    `with decided as (
       update persona_learnings set state = $2, body = coalesce($3, body),
         decided_at = to_timestamp($4::float8 / 1000)
       where id = $1 and state = 'pending' returning *
     ), job as materialized (
       select graphile_worker.add_job($5, json_build_object('learningId', id),
         job_key := 'persona learning ' || id, run_at := now() + interval '2 seconds') as added
       from decided where state = 'accepted'
     )
     select ${COLUMNS}, (select count(*) from job) as jobs from decided`,
    [id, decision.state, decision.text, decision.at, decision.job],
  );
  return rows[0];
}

export async function markAppended(pool: Pool, id: number): Promise<void> {
  await pool.query('update persona_learnings set appended = true where id = $1', [id]);
}

/** Accepted and not known to be in the file. */
export async function findUnwritten(pool: Pool, id: number): Promise<LearningRow | undefined> {
  const { rows } = await pool.query<LearningRow>(
    `select ${COLUMNS} from persona_learnings
     where id = $1 and state = 'accepted' and not appended`,
    [id],
  );
  return rows[0];
}

export function learningView(row: LearningRow): LearningView {
  return {
    id: row.id,
    persona: row.persona,
    agentId: row.agentId,
    text: row.text,
    state: row.state,
    proposedAt: row.proposedAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}
