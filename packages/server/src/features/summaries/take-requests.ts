/** Takes up what sections have asked for: agents of which something may have no line yet. */
import { inTransaction } from '../../platform/database/index.ts';
import { planAgent, type PlanOptions } from './plan.ts';

/** Requests of one look; mostly several are of one agent. */
const BATCH = 100;

/**
 * Until none is left or the signal fires. A request goes once its agent has been looked at; who dies
 * before that leaves it to others. New requests never wait for this: they are rows of their own.
 */
export async function takeRequests(options: PlanOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await takeBatch(options, signal)) === BATCH);
}

/** Returns how many were taken. */
function takeBatch(options: PlanOptions, signal: AbortSignal): Promise<number> {
  const { pool, log } = options.context;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string; agentId: number }>({
      name: 'take-summary-requests',
      text: `select id, agent_id as "agentId" from summary_requests order by id
             limit ${BATCH} for update skip locked`,
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
      await client.query({
        name: 'drop-summary-requests',
        text: 'delete from summary_requests where id = any ($1::bigint[])',
        values: [taken],
      });
    }
    return taken.length;
  });
}
