/**
 * Prompts that are done go after their time: what arrived, failed or was taken back. Their agents are
 * locked one at a time, and one that is held comes in the next round.
 */
import type { PromptState } from '@headspace/contract';
import type { Pool } from 'pg';
import { forgetUnproven } from '../../domain/delivery.ts';
import { type AgentsContext, type Section, withAgentOrSkip } from '../agents/index.ts';

export interface OldPrompts {
  readonly olderThanDays: number;
  /** Rows of one transaction, and agents of one round. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

const DONE: readonly PromptState[] = ['accepted', 'failed', 'cancelled'];
const IS_OLD = `state = any ($1) and changed_at < now() - make_interval(secs => $2)`;
const DAY_SECONDS = 24 * 60 * 60;

/** Returns the number of prompts that were deleted. */
export async function deleteOldPrompts(context: AgentsContext, old: OldPrompts): Promise<number> {
  const { rows } = await context.pool.query<{ id: number }>(
    `select distinct agent_id as id from prompts where ${IS_OLD} limit $3`,
    [DONE, old.olderThanDays * DAY_SECONDS, old.batchSize],
  );
  let total = 0;
  for (const { id } of rows) {
    for (let deleted = old.batchSize; deleted === old.batchSize && !old.signal.aborted;) {
      deleted = await deleteSome(context, id, old);
      total += deleted;
    }
  }
  return total;
}

async function deleteSome(context: AgentsContext, id: number, old: OldPrompts): Promise<number> {
  const purpose = 'delete old prompts';
  const result = await withAgentOrSkip(context, id, { purpose }, (section) =>
    deleteInside(context.pool, section, id, old),
  );
  return result.acquired ? result.value : 0;
}

/** On fresh rows: a person may have sent one of them again meanwhile. */
async function deleteInside(
  pool: Pool,
  section: Section,
  agentId: number,
  { olderThanDays, batchSize }: OldPrompts,
): Promise<number> {
  const agent = section.agents.get(agentId);
  if (agent === undefined) return 0;
  const { rows } = await pool.query<{ id: number; state: PromptState }>(
    `select id::float8 as id, state from prompts where ${IS_OLD} and agent_id = $3 order by id limit $4`,
    [DONE, olderThanDays * DAY_SECONDS, agentId, batchSize],
  );
  if (rows.length === 0) return 0;
  // A proof that comes now has nothing to prove any more.
  for (const { id } of rows) forgetUnproven(agent.state.activity, id);
  const failed = rows.filter(({ state }) => state === 'failed').length;
  agent.prompts = { ...agent.prompts, failed: agent.prompts.failed - failed };
  await section.persist([], async (client) => {
    await client.query('delete from prompts where id = any ($1)', [rows.map(({ id }) => id)]);
  });
  return rows.length;
}
