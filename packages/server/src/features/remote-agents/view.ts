/** From rows to what the API shows of remote agents. Pure. */
import { basename } from 'node:path';
import type { LaunchState, RemoteAgentView, RemotePrompt } from '@headspace/contract';
import { hashText } from '../../domain/hash-text.ts';
import { redactText } from '../../domain/redact.ts';
import { agentView, type LoadedAgent } from '../agents/index.ts';
import { type LaunchRow, launchView } from '../launches/index.ts';
import type { PromptRow } from '../prompts/index.ts';
import type { RemoteRow } from './queries.ts';

export function remoteAgentView(
  remote: RemoteRow,
  launch: LaunchRow,
  agent: LoadedAgent | undefined,
): RemoteAgentView {
  const { reason, path, persona, model, createdAt, deadlineAt } = launchView(launch);
  const view = {
    id: remote.id,
    status: statusOf(launch, agent),
    reason,
    project: agent?.project ?? { name: basename(path), path },
    persona,
    model,
    agentId: agent?.id ?? null,
    agent: agent === undefined ? null : agentPart(agent),
    key: remote.apiKeyId === null ? null : { id: remote.apiKeyId, name: remote.keyName ?? '' },
    createdAt,
    deadlineAt,
  };
  const { name, path: projectPath } = view.project;
  return {
    ...view,
    project: { name, path: projectPath },
    version: hashText(JSON.stringify(view)),
  };
}

/** The agent was read after its launch, so it knows better whether it has ended. */
function statusOf({ state }: LaunchRow, agent: LoadedAgent | undefined): LaunchState {
  const isThere = agent !== undefined && agent.state.ending === null;
  return state === 'running' && !isThere ? 'ended' : state;
}

function agentPart(agent: LoadedAgent): NonNullable<RemoteAgentView['agent']> {
  const { name, attention, reason, since, dialogs, prompts, context, endedAt } = agentView(agent);
  const contextPercent = context?.percent ?? null;
  return { name, attention, reason, since, dialogs, prompts, contextPercent, endedAt };
}

export function remotePrompt(row: PromptRow): RemotePrompt {
  return {
    id: row.id,
    text: redactText(row.body),
    state: row.state,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
  };
}
