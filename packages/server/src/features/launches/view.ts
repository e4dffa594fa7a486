/** From a row to what the API and the stream show. The first prompt is shown with the agent's. */
import type { LaunchView } from '@headspace/contract';
import type { LaunchRow } from './queries.ts';

export function launchView(row: LaunchRow): LaunchView {
  return {
    id: row.id,
    uuid: row.uuid,
    purpose: row.purpose,
    state: row.state === 'running' && row.agentEnded ? 'ended' : row.state,
    reason: row.reason,
    path: row.path,
    persona: row.persona,
    model: row.model,
    permissionMode: row.permissionMode,
    agentId: row.agentId,
    host: row.host,
    tmuxSession: row.tmuxSession,
    tmuxSocket: row.tmuxSocket,
    tmuxPane: row.tmuxPane,
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    deadlineAt: row.deadlineAt.toISOString(),
  };
}
