/** From rows to what the API and the stream show. Pure. */
import type { AgentView, Evidence, TransitionView } from '@headspace/contract';
import type { Witness } from '../../domain/activity.ts';
import { countsOf, type Prices } from '../../domain/cost.ts';
import { contextPercent, tokensPerTurn, turnsLeft, wholeUse } from '../../domain/context-use.ts';
import { type NewTransition, stateOf } from '../../domain/agent-state.ts';
import { beginning, oneLine } from '../../domain/display.ts';
import { MODEL_PRICES } from '../../domain/model-prices.ts';
import { redactText } from '../../domain/redact.ts';
import { freshScreen } from '../../domain/screen-fact.ts';
import { agentName } from './agent-names.ts';
import type { LoadedAgent } from './loaded-agent.ts';

/** Longest prompt shown on a card; `/turns` has more of it. */
const PROMPT_LIMIT = 400;

const NO_LINES = { instruction: null, outcome: null };

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

export function agentView(agent: LoadedAgent, prices: Prices = MODEL_PRICES): AgentView {
  const { activity, ending } = agent.state;
  const process = agent.processes.findLast(({ goneAt }) => goneAt === null);
  return {
    id: agent.id,
    uuid: agent.uuid,
    name: agentName(agent.project.name, agent.uuid),
    sessionId: agent.sessionId,
    sessionIds: agent.sessionIds,
    project: agent.project,
    state: stateOf(agent.state),
    attention: activity.shown.attention,
    reason: activity.shown.reason,
    since: iso(activity.shown.since),
    rule: activity.shown.rule,
    evidence: activity.shown.evidence.map(evidenceView),
    command: commandView(agent),
    dialogs: activity.dialogs.map((dialog) => ({
      kind: dialog.kind,
      summary: dialog.summary,
      since: iso(dialog.since),
      subagent: dialog.subagentType,
    })),
    background: backgroundView(agent),
    context: contextView(agent),
    usage: activity.usage === undefined ? null : countsOf(activity.usage, prices),
    prompts: agent.prompts,
    screen: screenView(agent),
    persona: agent.persona,
    personaNotice: activity.persona?.notice ?? null,
    launchId: agent.launchId,
    predecessorId: agent.predecessorId,
    successorId: agent.successorId,
    handoff: handoffView(agent),
    launchedFor: agent.launchedFor,
    tmuxPane: agent.tmuxPane,
    tmuxSocket: agent.tmuxSocket,
    pid: process?.pid ?? null,
    host: agent.host,
    kind: agent.kind,
    createdAt: iso(agent.createdAt),
    lastSeenAt: iso(agent.lastSeenAt),
    endedAt: isoOrNull(ending?.at ?? null),
    endedReason: ending?.reason ?? null,
  };
}

function contextView({ state }: LoadedAgent): AgentView['context'] {
  const use = wholeUse(state.activity.context);
  const percent = contextPercent(use);
  if (use.source === null || (use.usedTokens === null && percent === null)) return null;
  return {
    usedTokens: use.usedTokens,
    windowTokens: use.windowTokens,
    percent,
    tier: use.tier,
    source: use.source,
    trendTokensPerTurn: tokensPerTurn(use),
    turnsLeft: turnsLeft(use),
    updatedAt: iso(use.at),
  };
}

function handoffView({ state }: LoadedAgent): AgentView['handoff'] {
  const { handoff } = state.activity;
  return handoff === null || handoff === undefined
    ? null
    : { id: handoff.id, state: handoff.state };
}

function screenView({ state }: LoadedAgent): AgentView['screen'] {
  // What a later hook or file has overtaken is no longer what the screen shows.
  const screen = freshScreen(state.activity);
  if (screen === null) return null;
  const { kind, summary, lines, since, at } = screen;
  return { kind, summary, lines, since: iso(since), seenAt: iso(at) };
}

function commandView({ state, summary }: LoadedAgent): AgentView['command'] {
  const { command } = state;
  if (command === null) return null;
  const { instruction, outcome } = summary.commandId === command.id ? summary : NO_LINES;
  return {
    id: command.id,
    state: command.state,
    prompt:
      command.prompt === null ? null : redactText(beginning(command.prompt, PROMPT_LIMIT).text),
    startedAt: iso(command.startedAt),
    completedAt: isoOrNull(command.completedAt),
    outcome: command.outcome,
    output: command.output,
    summary: { instruction, outcome },
  };
}

function backgroundView({ state }: LoadedAgent): AgentView['background'] {
  const { subagents, tasks } = state.activity;
  return [
    ...Object.entries(subagents).map(([id, { type }]) => ({
      id,
      kind: 'subagent',
      description: type,
    })),
    ...tasks
      .filter(({ id }) => subagents[id] === undefined)
      .map(({ id, type, description }) => ({
        id,
        kind: type,
        description: description === null ? null : oneLine(description),
      })),
  ];
}

export function transitionView(transition: NewTransition): TransitionView {
  return {
    id: transition.id,
    at: iso(transition.at),
    commandId: transition.commandId,
    fromState: transition.fromState,
    toState: transition.toState,
    // Written from the vocabulary only; the column is text.
    fromAttention: transition.fromAttention as TransitionView['fromAttention'],
    toAttention: transition.toAttention as TransitionView['toAttention'],
    reason: transition.reason,
    rule: transition.rule,
    evidence: transition.evidence.map(evidenceView),
  };
}

function evidenceView(witness: Witness): Evidence {
  return {
    source: witness.source,
    signal: witness.signal,
    at: iso(witness.at),
    hookEventId: witness.hookEventId,
  };
}
