/** To whom a prompt can be given at all. Everything else is a reason to wait, not to refuse. */
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { LoadedAgent, Section } from '../agents/index.ts';

/** A delivery holds the lock for two seconds at most. */
export const LOCK_TIMEOUT_MS = 10_000;

export function existingAgent(section: Section, agentId: number): LoadedAgent {
  const agent = section.agents.get(agentId);
  if (agent === undefined) throw noSuchAgent(agentId);
  return agent;
}

export function noSuchAgent(id: number | string): HeadspaceError {
  return new HeadspaceError('not_found', `There is no agent ${id}.`);
}

/** @throws HeadspaceError agent_sealed, agent_ended, agent_unreachable */
export function assertReachable(agent: LoadedAgent): void {
  const { ending } = agent.state;
  if (agent.successorId !== null) {
    const heir = agent.successorId;
    throw new HeadspaceError('agent_sealed', `Agent ${agent.id} has handed over to agent ${heir}.`);
  }
  if (ending !== null) {
    throw new HeadspaceError('agent_ended', `Agent ${agent.id} has ended: ${ending.reason}.`);
  }
  if (agent.kind === 'print') {
    throw new HeadspaceError('agent_unreachable', `Agent ${agent.id} is a run of \`claude -p\`.`);
  }
  if (agent.tmuxPane === null) {
    throw new HeadspaceError(
      'agent_unreachable',
      `Agent ${agent.id} has no tmux pane: it runs outside tmux, or another session has its pane.`,
    );
  }
}

/** @throws HeadspaceError queue_full */
export function assertRoom(agent: LoadedAgent, maxQueued: number): void {
  if (agent.prompts.queued < maxQueued) return;
  throw new HeadspaceError('queue_full', `${agent.prompts.queued} prompts wait for it already.`);
}

/** What is known from the start to be waited for; null where delivery can begin. */
export function waitsFor(agent: LoadedAgent, hostId: string): string | null {
  return agent.host === hostId ? null : 'waits for the server on the agent’s own machine';
}
