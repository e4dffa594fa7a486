/** Carries out a correlation decision on the agents that a section holds, then applies the event. */
import { remember } from '../../domain/activity.ts';
import {
  applyDoubt,
  applyEnding,
  applyHook,
  applyLatePrompt,
  applyRevival,
  hookSignal,
} from '../../domain/apply.ts';
import type { Attribution, Loser } from '../../domain/correlation.ts';
import type { Hook } from '../../domain/hook.ts';
import type { RuleFacts } from '../../domain/rules/facts.ts';
import { answerNames, promptNames } from '../../domain/rules/turn.ts';
import {
  type AgentProcess,
  leaveDeadPane,
  type LoadedAgent,
  type Section,
} from '../agents/index.ts';
import type { ParsedEvent } from './parsed-event.ts';

/** What the event is for its agent: `late` events fill history only. */
export type Applied = { status: 'applied' | 'recorded'; outcome: string };

/** Delivered this much after it happened, and behind a newer one, an event is late. */
const LATE_MS = 2_000;
const CHAIN_LIMIT = 200;

export function applyToAgent(
  section: Section,
  agent: LoadedAgent,
  event: ParsedEvent,
  decision: Attribution,
): Applied {
  if (decision.recordOnly !== null) {
    // A Stop that its SessionEnd overtook: the state stands, the answer is not lost.
    fillHistory(section, agent, event);
    return { status: 'recorded', outcome: decision.recordOnly };
  }
  if (isLate(agent, event)) {
    fillHistory(section, agent, event);
    return { status: 'recorded', outcome: 'came late: kept as history, newer state stands' };
  }
  for (const loser of decision.losers) applyLoser(section, loser, event);
  const facts = takeOver(section, agent, event, decision);
  return { status: 'applied', outcome: applyState(section, agent, event, facts) };
}

/** First event of a new agent: the same path, with nothing to take over. */
export function applyToNewAgent(
  section: Section,
  agent: LoadedAgent,
  event: ParsedEvent,
  losers: readonly Loser[],
): Applied {
  for (const loser of losers) applyLoser(section, loser, event);
  updateProcess(agent, event);
  updateMarks(agent, event);
  const facts = { otherProcessAlive: false, sessionChanged: false, revived: false };
  return { status: 'applied', outcome: applyState(section, agent, event, facts) };
}

function applyState(
  section: Section,
  agent: LoadedAgent,
  event: ParsedEvent,
  facts: RuleFacts,
): string {
  agent.lastSeenAt = Math.max(agent.lastSeenAt, event.stored.receivedAt);
  if (event.stored.sentAt !== null) agent.state.activity.sentAt = event.stored.sentAt;
  const { hook } = event;
  if (hook === null) return `unknown event ${event.stored.event}; stored and shown`;
  return section.apply(agent, (state, context) => applyHook(state, hook, facts, context));
}

function isLate(agent: LoadedAgent, event: ParsedEvent): boolean {
  const { sentAt, receivedAt, late } = event.stored;
  if (late) return true;
  const newest = agent.state.activity.sentAt;
  return (
    sentAt !== null && newest !== null && sentAt < newest - LATE_MS && receivedAt - sentAt > LATE_MS
  );
}

function fillHistory(section: Section, agent: LoadedAgent, event: ParsedEvent): void {
  const { hook } = event;
  if (hook?.name === 'UserPromptSubmit') {
    section.apply(agent, (state, context) => applyLatePrompt(state, hook, context));
    section.addTurn(agent, {
      commandId: null,
      actor: 'user',
      kind: 'prompt',
      text: hook.payload.prompt,
      at: hook.at,
      ...promptNames(hook),
    });
  } else if (hook?.name === 'Stop' && hook.payload.last_assistant_message) {
    section.addTurn(agent, {
      commandId: null,
      actor: 'agent',
      kind: 'message',
      text: hook.payload.last_assistant_message,
      at: hook.at,
      ...answerNames(hook, hook.payload.last_assistant_message),
    });
  }
}

/** Makes the event's session, process and pane this agent's own. */
function takeOver(
  section: Section,
  agent: LoadedAgent,
  event: ParsedEvent,
  decision: Attribution,
): RuleFacts {
  const { stored, hook } = event;
  if (decision.revive) {
    const source = witnessOf(event);
    section.apply(agent, (state, context) => applyRevival(state, source, context));
  }
  if (decision.adoptSession) {
    agent.sessionId = stored.sessionId;
    remember(agent.sessionIds, stored.sessionId, CHAIN_LIMIT);
  }
  for (const gone of decision.replaced) {
    const known = agent.processes.find((process) => process.pid === gone.pid);
    if (known !== undefined) markGone(known, event);
  }
  const process = updateProcess(agent, event);
  if (decision.takePane && stored.tmuxPane !== null) {
    agent.tmuxSocket = stored.tmuxSocket;
    agent.tmuxPane = stored.tmuxPane;
  }
  updateMarks(agent, event);
  return {
    revived: decision.revive,
    sessionChanged: decision.adoptSession,
    otherProcessAlive: otherProcessAlive(agent, hook, process),
  };
}

/** Whether this start or end concerns one of several terminals of the same session. */
function otherProcessAlive(
  agent: LoadedAgent,
  hook: Hook | null,
  own: AgentProcess | null,
): boolean {
  if (hook?.name !== 'SessionStart' && hook?.name !== 'SessionEnd') return false;
  if (own === null) return false;
  if (hook.name === 'SessionStart' && hook.payload.source === 'clear') return false;
  return agent.processes.some((process) => process !== own && process.goneAt === null);
}

/** The process that sent the event, noted as one of the agent's; null where it is not known. */
function updateProcess(agent: LoadedAgent, event: ParsedEvent): AgentProcess | null {
  const { pid, procStart, seenAlive, seenIn, tmuxSocket, tmuxPane, receivedAt } = event.stored;
  if (pid === null) {
    if (endsProcess(event)) for (const process of agent.processes) markGone(process, event);
    return null;
  }
  let process = agent.processes.find(
    (known) =>
      known.pid === pid &&
      (procStart === null || known.procStart === '' || known.procStart === procStart),
  );
  if (process === undefined) {
    process = {
      pid,
      procStart: procStart ?? '',
      tmuxSocket,
      tmuxPane,
      seenAliveAt: null,
      seenIn: null,
      goneAt: null,
      dirty: true,
    };
    agent.processes.push(process);
  }
  // Noted from its session file, it had no pane of its own yet.
  if (tmuxPane !== null && process.tmuxPane === null) {
    Object.assign(process, { tmuxSocket, tmuxPane, dirty: true });
  }
  if (seenAlive && process.seenAliveAt === null) {
    process.seenAliveAt = receivedAt;
    process.seenIn = seenIn;
    process.dirty = true;
  }
  if (endsProcess(event)) {
    markGone(process, event);
    leaveDeadPane(agent);
  }
  return process;
}

/** /clear and /resume end a session, not the process. */
function endsProcess(event: ParsedEvent): boolean {
  const { reason } = event.facts;
  return event.stored.event === 'SessionEnd' && reason !== 'clear' && reason !== 'resume';
}

function markGone(process: AgentProcess, event: ParsedEvent): void {
  process.goneAt ??= event.stored.receivedAt;
  process.dirty = true;
}

function updateMarks(agent: LoadedAgent, event: ParsedEvent): void {
  const { facts } = event;
  agent.cwd ??= event.cwd;
  agent.transcriptPath = event.transcriptPath ?? agent.transcriptPath;
  if (facts.event === 'SessionStart') {
    agent.lastStart = facts.source;
    agent.handoverPromptId = null;
    agent.model = event.model ?? agent.model;
  }
  if (facts.event === 'SessionEnd' && !endsProcess(event)) {
    agent.handoverPromptId = facts.promptId;
  }
}

/** An agent whose terminal went to another session. */
function applyLoser(section: Section, loser: Loser, event: ParsedEvent): void {
  const agent = section.agents.get(loser.id);
  if (agent === undefined) return;
  const source = witnessOf(event);
  const { fate } = loser;
  if (fate.kind === 'loses_process') {
    const lost = agent.processes.find(({ pid }) => pid === event.stored.pid);
    if (lost !== undefined) markGone(lost, event);
    leaveDeadPane(agent);
    return;
  }
  agent.tmuxPane = null;
  agent.tmuxSocket = null;
  if (fate.kind === 'ends') {
    const ending = { at: source.at, reason: fate.reason, by: 'inference' as const };
    section.apply(agent, (state, context) => applyEnding(state, ending, [source], context));
    for (const process of agent.processes) markGone(process, event);
  } else if (fate.doubt !== null) {
    const { doubt } = fate;
    section.apply(agent, (state, context) => applyDoubt(state, doubt, source, context));
  }
}

function witnessOf(event: ParsedEvent) {
  const { hook, stored } = event;
  return {
    source: 'hook' as const,
    signal: hook === null ? stored.event : hookSignal(hook),
    at: hook?.at ?? stored.receivedAt,
    hookEventId: stored.id,
  };
}
