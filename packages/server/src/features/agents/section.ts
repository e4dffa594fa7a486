/**
 * The one way to change an agent: under its advisory lock, with a fresh read, behind a fence.
 *
 *   lock ─► put the fence, read fresh ─► the body changes what it read ─► persist ─► unlock
 *
 * A section that changes two agents names both at its start. Nothing slow happens inside: no
 * process is asked, no file read, no person waited for.
 */
import { randomUUID } from 'node:crypto';
import { type HeldLock, LockNamespace } from '@headspace/lock';
import type { Witness } from '../../domain/activity.ts';
import {
  type AgentState,
  emptyLedger,
  type Ledger,
  type NewTurn,
} from '../../domain/agent-state.ts';
import { foldChanges, type NewPrompt, type PromptChange, recount } from '../../domain/delivery.ts';
import type { ApplyContext } from '../../domain/draft.ts';
import { storable } from '../../domain/display.ts';
import { callsForSummaries } from '../../domain/summary-trigger.ts';
import type { AgentsContext } from './context.ts';
import { loadAgent, type LoadedAgent } from './loaded-agent.ts';
import type { AppliedEvent, SectionWrites } from './persist-rows.ts';
import { type AlsoWrite, persistSection } from './persist.ts';
import { enterAgents } from './queries.ts';
import { agentView, transitionView } from './view.ts';

export class FencedError extends Error {
  override name = 'FencedError';
}

export interface Section {
  /** The agents that have a row, fresh. An id without one is new: `create` it. */
  agents: Map<number, LoadedAgent>;
  apply: SectionApply;
  /** Adds to the conversation's history without a change of state. */
  addTurn(agent: LoadedAgent, turn: NewTurn): void;
  /** Adds to the agent's queue of prompts; `nextPromptId` gives the id. */
  addPrompt(agent: LoadedAgent, prompt: NewPrompt): void;
  /** A step of `domain/prompt-state.ts`; `agent.state.activity.delivery` is the caller's to keep. */
  changePrompt(agent: LoadedAgent, change: PromptChange): void;
  /** Something was said that this section writes with `also`: it shall have its line. */
  askForSummaries(agent: LoadedAgent): void;
  /**
   * Writes all changes and what was applied; nothing before this is visible to anybody. `also` is
   * for the tables of another feature that belong to these agents: all or nothing of it is written.
   */
  persist(events?: AppliedEvent[], also?: AlsoWrite): Promise<void>;
}

/** Changes one agent's state by a pure rule and keeps the books of what that added. */
export type SectionApply = (
  agent: LoadedAgent,
  rule: (state: AgentState, context: ApplyContext) => { agent: AgentState; outcome: string },
) => string;

export interface SectionOptions {
  /** Who changes the agent and why, for the list of locks. */
  purpose: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Runs `body` under the locks of all `ids`; waits for them. */
export async function withAgents<T>(
  context: AgentsContext,
  ids: number[],
  options: SectionOptions,
  body: (section: Section) => Promise<T>,
): Promise<T> {
  const { locks } = context;
  const [only] = ids;
  if (only !== undefined && ids.length === 1) {
    return locks.advisoryLock(LockNamespace.AGENT, only, options, (lock) =>
      runSection(context, [lock], body),
    );
  }
  return locks.advisoryLockAll(LockNamespace.AGENT, ids, options, (held) =>
    runSection(context, held, body),
  );
}

/** Runs `body` if the agent's lock is free; for loops that come again. */
export async function withAgentOrSkip<T>(
  context: AgentsContext,
  id: number,
  options: Omit<SectionOptions, 'timeoutMs'>,
  body: (section: Section) => Promise<T>,
): Promise<{ acquired: true; value: T } | { acquired: false; reason: 'busy' | 'reentrant' }> {
  return context.locks.advisoryLockOrSkip(LockNamespace.AGENT, id, options, (lock) =>
    runSection(context, [lock], body),
  );
}

async function runSection<T>(
  context: AgentsContext,
  held: readonly HeldLock[],
  body: (section: Section) => Promise<T>,
): Promise<T> {
  const tokens = new Map(held.map((lock) => [lock.id ?? 0, lock.token]));
  const entered = await enterAgents(context.pool, tokens);
  if (entered.agents.length !== entered.existing) {
    throw new FencedError('another section has entered meanwhile; this one holds no lock any more');
  }
  const agents = new Map(entered.agents.map((row) => [row.id, loadAgent(row)]));
  const ledgers = new Map<number, Ledger>();
  const ledgerOf = (agent: LoadedAgent) => {
    const ledger = ledgers.get(agent.id) ?? emptyLedger();
    ledgers.set(agent.id, ledger);
    return ledger;
  };
  const addTurn: Section['addTurn'] = (agent, turn) => {
    ledgerOf(agent).turns.push({ ...turn, text: storable(turn.text) });
  };
  const apply: SectionApply = (agent, rule) => {
    const ledger = ledgerOf(agent);
    const result = rule(agent.state, { ledger, agentId: agent.id });
    agent.state = result.agent;
    return result.outcome;
  };
  const addPrompt: Section['addPrompt'] = (agent, prompt) => {
    ledgerOf(agent).newPrompts.push(prompt);
  };
  const changePrompt: Section['changePrompt'] = (agent, change) => {
    ledgerOf(agent).promptChanges.push(change);
  };
  const told = new Set<number>();
  const askForSummaries: Section['askForSummaries'] = ({ id }) => void told.add(id);
  const persist: Section['persist'] = async (events = [], also) => {
    const writes = collectWrites(context, { agents: [...agents.values()], ledgers, events, told });
    await persistSection(context.pool, tokens, writes, also);
    ledgers.clear();
    told.clear();
    for (const agent of agents.values()) {
      agent.processes = agent.processes.filter(({ goneAt }) => goneAt === null);
      for (const process of agent.processes) process.dirty = false;
    }
    context.announce();
  };
  return body({ agents, apply, addTurn, addPrompt, changePrompt, askForSummaries, persist });
}

interface Collected {
  agents: LoadedAgent[];
  ledgers: Map<number, Ledger>;
  events: AppliedEvent[];
  /** Agents of which something was said beside the ledger. */
  told: ReadonlySet<number>;
}

function collectWrites(
  { prices }: AgentsContext,
  { agents, ledgers, events, told }: Collected,
): SectionWrites {
  const writes: SectionWrites = {
    agents,
    commands: [],
    turns: [],
    transitions: [],
    newPrompts: [],
    promptChanges: [],
    outbox: [],
    events,
    jobs: [],
    summaryRequests: [],
  };
  for (const agent of agents) {
    const agentId = agent.id;
    const ledger = ledgers.get(agentId) ?? emptyLedger();
    const { transitions } = ledger;
    writes.transitions.push(...transitions.map((transition) => ({ agentId, transition })));
    writes.turns.push(...ledger.turns.map((turn) => ({ agentId, turn })));
    writes.jobs.push(...ledger.jobs);
    if (callsForSummaries(ledger) || told.has(agentId)) writes.summaryRequests.push(agentId);
    for (const command of ledger.commands.values()) writes.commands.push({ agentId, command });
    collectPrompts(writes, agent, ledger);
    writes.outbox.push({
      type: 'agent.changed',
      agentId,
      message: JSON.stringify({
        type: 'agent.changed',
        agent: agentView(agent, prices),
        transitions: transitions.map(transitionView),
        hookEventIds: events.filter((event) => event.agentId === agentId).map(({ id }) => id),
      }),
    });
  }
  return writes;
}

/** The agent's counts, which its message shows, and a message for each prompt that changed. */
function collectPrompts(writes: SectionWrites, agent: LoadedAgent, ledger: Ledger): void {
  const agentId = agent.id;
  const { newPrompts, promptChanges } = ledger;
  agent.prompts = recount(agent.prompts, promptChanges, newPrompts.length);
  writes.newPrompts.push(...newPrompts.map((prompt) => ({ agentId, prompt })));
  const changes = foldChanges(promptChanges);
  writes.promptChanges.push(...changes.map((change) => ({ agentId, change })));
  const heads = [
    ...newPrompts.map(({ id, reason }) => ({ id, state: 'queued', reason })),
    ...changes.map(({ id, to, reason }) => ({ id, state: to, reason })),
  ];
  for (const { id, state, reason } of heads) {
    const message = { type: 'prompt.changed', agentId, promptId: id, state, reason };
    writes.outbox.push({ type: message.type, agentId, message: JSON.stringify(message) });
  }
}

/** A new agent's row, to be put into `section.agents` under the id whose lock is held. */
export function newAgent(
  id: number,
  seed: Omit<
    LoadedAgent,
    | 'id'
    | 'uuid'
    | 'processes'
    | 'prompts'
    | 'summary'
    | 'lastSeenAt'
    | 'sessionIds'
    | 'persona'
    | 'launchId'
    | 'predecessorId'
    | 'successorId'
    | 'launchedFor'
  >,
): LoadedAgent {
  return {
    ...seed,
    persona: null,
    launchId: null,
    predecessorId: null,
    successorId: null,
    launchedFor: null,
    id,
    uuid: randomUUID(),
    sessionIds: [seed.sessionId],
    lastSeenAt: seed.createdAt,
    prompts: { queued: 0, inFlight: 0, failed: 0 },
    summary: { commandId: null, instruction: null, outcome: null },
    processes: [],
  };
}

/** A witness that is not a hook. */
export const witness = (source: Witness['source'], signal: string, at: number): Witness => ({
  source,
  signal,
  at,
  hookEventId: null,
});
