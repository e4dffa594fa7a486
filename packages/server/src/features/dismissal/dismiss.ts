/** Dismissal and its undo, each in one section of the agent. */
import type { AgentView } from '@headspace/contract';
import { applyDismissal, applyRestoration, isDone } from '../../domain/dismissal.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import {
  type AgentsContext,
  agentView,
  findCandidates,
  loadAgent,
  type LoadedAgent,
  type Section,
  withAgents,
} from '../agents/index.ts';

export interface DismissOptions {
  readonly context: AgentsContext;
  readonly now: () => number;
}

export interface DismissRequest {
  readonly id: number;
  /** The same key again does nothing and answers with the agent as it is. */
  readonly key: string | null;
}

/** People wait less patiently than hooks. */
const TIMEOUT_MS = 10_000;

/** Ends an agent. Throws HeadspaceError `not_found`, or `conflict` for one that has ended. */
export async function dismiss(
  options: DismissOptions,
  request: DismissRequest,
): Promise<AgentView> {
  return await inSection(options, request, 'dismiss', async (section, agent, act) => {
    const { ending } = agent.state;
    if (ending !== null) {
      throw new HeadspaceError('conflict', `The agent has already ended: ${ending.reason}.`);
    }
    section.apply(agent, (state, context) => applyDismissal(state, act, context));
    await Promise.resolve();
  });
}

/**
 * Brings back what a person has dismissed. Throws HeadspaceError `not_found`, or `conflict` for an
 * agent that ended otherwise, or whose session has another agent by now.
 */
export async function restore(
  options: DismissOptions,
  request: DismissRequest,
): Promise<AgentView> {
  return await inSection(options, request, 'bring back', async (section, agent, act) => {
    const { ending } = agent.state;
    if (ending === null) return;
    if (ending.by !== 'person') {
      throw new HeadspaceError('conflict', `Nobody dismissed this agent: ${ending.reason}.`);
    }
    await makeRoom(options.context, agent);
    section.apply(agent, (state, context) => applyRestoration(state, act, context));
  });
}

type Change = (
  section: Section,
  agent: LoadedAgent,
  act: { at: number; key: string | null },
) => Promise<void>;

async function inSection(
  { context, now }: DismissOptions,
  { id, key }: DismissRequest,
  purpose: string,
  change: Change,
): Promise<AgentView> {
  return await withAgents(context, [id], { purpose, timeoutMs: TIMEOUT_MS }, async (section) => {
    const agent = section.agents.get(id);
    if (agent === undefined) throw new HeadspaceError('not_found', `There is no agent ${id}.`);
    // Keys of different acts do not meet: one caller may use one key for both.
    const named = key === null ? null : `${purpose} ${key}`;
    if (!isDone(agent.state, named)) {
      const before = agent.state;
      await change(section, agent, { at: now(), key: named });
      if (agent.state !== before) await section.persist();
    }
    return agentView(agent);
  });
}

/** Meanwhile its pane, or even its session, may have become another living agent's. */
async function makeRoom({ pool }: AgentsContext, agent: LoadedAgent): Promise<void> {
  const { tmuxPane, tmuxSocket } = agent;
  const rows = await findCandidates(pool, {
    host: agent.host,
    sessionIds: [agent.sessionId],
    promptIds: [],
    panes: tmuxPane === null ? [] : [{ socket: tmuxSocket ?? '', pane: tmuxPane }],
    pids: [],
    endedIn: null,
  });
  const others = rows
    .map(loadAgent)
    .filter(({ id, state }) => id !== agent.id && state.ending === null);
  const heir = others.find(({ sessionId }) => sessionId === agent.sessionId);
  if (heir !== undefined) {
    throw new HeadspaceError('conflict', `Its session goes on as agent ${heir.id}.`);
  }
  if (others.some((other) => other.tmuxPane === tmuxPane && other.tmuxSocket === tmuxSocket)) {
    agent.tmuxPane = null;
    agent.tmuxSocket = null;
  }
}
