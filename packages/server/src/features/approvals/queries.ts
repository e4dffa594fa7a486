/**
 * What was asked, from the inbox: an approval is a PermissionRequest, and its id is that event's. So
 * it names one request for good, through restarts and in every process, and no row of its own is
 * needed: whether it is open is a fact of its agent.
 */
import type { Pool } from 'pg';
import { z } from 'zod';
import type { ToolRequest } from '../../domain/screen/index.ts';

export interface AskedRequest extends ToolRequest {
  readonly id: number;
  readonly agentId: number;
}

const Payload = z.looseObject({ tool_name: z.string(), tool_input: z.unknown() });

/** Those of these events that asked for a decision, by id. */
export async function findRequests(
  pool: Pool,
  ids: readonly number[],
): Promise<Map<number, AskedRequest>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<{ id: number; agentId: number; payload: string }>({
    name: 'find-approval-requests',
    text: `select id::float8 as id, agent_id as "agentId", payload from hook_events
      where id = any($1::bigint[]) and event = 'PermissionRequest' and agent_id is not null`,
    values: [ids],
  });
  const requests = rows.map(({ id, agentId, payload }): [number, AskedRequest] => {
    const { tool_name: tool, tool_input: input } = Payload.parse(JSON.parse(payload));
    return [id, { id, agentId, tool, input }];
  });
  return new Map(requests);
}

/** Living agents that a hook has told to be in a dialog. */
export async function agentsInDialogs(pool: Pool): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'agents-in-dialogs',
    text: `select id from agents
      where ended_at is null and jsonb_array_length(activity -> 'dialogs') > 0 order by id`,
  });
  return rows.map(({ id }) => id);
}
