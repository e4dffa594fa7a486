/** Takes up what sections have asked for: agents of which something may have no line yet. */
import { planAgent, type PlanOptions } from './plan.ts';

/** Requests of one look; mostly several are of one agent. */
const BATCH = 100;

/**
 * Until none is left or the signal fires. A request goes once its agent has been looked at; who dies
 * before that leaves it to others. Two processes can look at the same agent: they ask for the same.
 * No connection is held meanwhile, so that a pool of one is enough.
 */
export async function takeRequests(options: PlanOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await takeBatch(options, signal)) === BATCH);
}

/** Returns how many were taken. */
async function takeBatch(options: PlanOptions, signal: AbortSignal): Promise<number> {
  const { pool, log } = options.context;
  const { rows } = await pool.query<{ id: string; agentId: number }>({
    name: 'read-summary-requests',
    text: `select id, agent_id as "agentId" from summary_requests order by id limit ${BATCH}`,
  });
  const taken: string[] = [];
  for (const [agentId, requests] of Map.groupBy(rows, (row) => row.agentId)) {
    if (signal.aborted) break;
    try {
      while (!signal.aborted && (await planAgent(options, agentId)));
      taken.push(...requests.map(({ id }) => id));
    } catch (error) {
      log.warn({ err: error, agentId }, 'its summaries are asked for with the next round');
    }
  }
  if (taken.length > 0) {
    await pool.query({
      name: 'drop-summary-requests',
      text: 'delete from summary_requests where id = any ($1::bigint[])',
      values: [taken],
    });
  }
  return taken.length;
}
