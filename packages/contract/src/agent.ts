/** Shapes of agents as the API and the event stream show them. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { LaunchPurpose } from './launch.ts';
import { Timestamp, TokenCounts } from './usage.ts';
import { PromptCounts } from './prompt.ts';
import { AgentHandoff } from './handoff.ts';
import { CommandSummary } from './summary.ts';
import {
  ATTENTIONS,
  COMMAND_OUTPUTS,
  COMMAND_STATES,
  CONTEXT_SOURCES,
  CONTEXT_TIERS,
  EVIDENCE_SOURCES,
  SCREEN_FACTS,
} from './vocabulary.ts';

/** One signal that took part in a decision, and what it said. */
export const Evidence = z.object({
  source: z.enum(EVIDENCE_SOURCES),
  /** The signal in a few words, e.g. `PermissionRequest Bash` or `session file: idle`. */
  signal: z.string(),
  at: Timestamp,
  /** The inbox row (`hook_events.id`) behind it, where there is one. */
  hookEventId: z.number().int().nullable(),
});
export type Evidence = z.infer<typeof Evidence>;

export const ProjectView = z.object({
  id: z.number().int(),
  name: z.string(),
  path: z.string(),
});
export type ProjectView = z.infer<typeof ProjectView>;

export const CommandView = z.object({
  id: z.number().int(),
  state: z.enum(COMMAND_STATES),
  /** What the person asked, shortened for display; null where the prompt was not seen. */
  prompt: z.string().nullable(),
  startedAt: Timestamp,
  completedAt: Timestamp.nullable(),
  /**
   * How it ended, in a few words: `finished`, `finished, output unknown`, `interrupted`,
   * `failed: …`, `superseded by a new prompt`, `session ended`; null while it is open.
   */
  outcome: z.string().nullable(),
  /** The words themselves are in the conversation (`/turns`). */
  output: z.enum(COMMAND_OUTPUTS).nullable(),
  summary: CommandSummary,
});
export type CommandView = z.infer<typeof CommandView>;

/** Something that waits for a person. */
export const DialogView = z.object({
  kind: z.enum(['permission', 'question', 'plan', 'elicitation', 'other']),
  /** One line: the tool and its target, or the question. Secrets are redacted. */
  summary: z.string(),
  since: Timestamp,
  /** Type of the subagent that asks; null for the agent itself. */
  subagent: z.string().nullable(),
});
export type DialogView = z.infer<typeof DialogView>;

/** How full the context window is. */
export const ContextView = z.object({
  /** Null where only the screen's percentage is known. */
  usedTokens: z.number().int().nullable(),
  windowTokens: z.number().int().nullable(),
  /** 0 to 100; null where neither the window nor the screen tells it. */
  percent: z.number().int().nullable(),
  tier: z.enum(CONTEXT_TIERS).nullable(),
  source: z.enum(CONTEXT_SOURCES),
  /** What a turn adds at present (median of the last ones); null before two turns are known. */
  trendTokensPerTurn: z.number().int().nullable(),
  /** Turns that still fit in; null where it cannot be said. */
  turnsLeft: z.number().int().nullable(),
  updatedAt: Timestamp,
});
export type ContextView = z.infer<typeof ContextView>;

/** What the agent's screen proves beside hooks and files, with the lines that prove it. */
export const ScreenView = z.object({
  kind: z.enum(SCREEN_FACTS),
  summary: z.string(),
  /** As they stand on the screen, secrets masked. */
  lines: z.array(z.string()),
  since: Timestamp,
  seenAt: Timestamp,
});
export type ScreenView = z.infer<typeof ScreenView>;

export const AgentView = z.object({
  id: z.number().int(),
  uuid: z.uuid(),
  name: z.string(),
  /** Claude's session id at present; it changes with /clear, /resume and fork. */
  sessionId: z.string(),
  /** All session ids of this agent's chain, oldest first. */
  sessionIds: z.array(z.string()),
  project: ProjectView,
  state: z.enum(COMMAND_STATES),
  attention: z.enum(ATTENTIONS),
  /** Why the attention is what it is, one plain sentence without a full stop. */
  reason: z.string(),
  since: Timestamp,
  /** Name of the rule that decided, and the signals it used, newest first. */
  rule: z.string(),
  evidence: z.array(Evidence),
  /** The open command, else the last one of the present session; null if none. */
  command: CommandView.nullable(),
  dialogs: z.array(DialogView),
  /** Subagents and background tasks at work. */
  background: z.array(
    z.object({ id: z.string(), kind: z.string(), description: z.string().nullable() }),
  ),
  /** What its transcripts have cost so far; null until they have told of a message. */
  usage: TokenCounts.nullable(),
  /** Its queue of prompts in numbers; `inFlight` is 0 or 1. */
  prompts: PromptCounts,
  /** Context window use; null until something has reported it, and after a compaction. */
  context: ContextView.nullable(),
  /** Null where the screen proves nothing that is not known already. */
  screen: ScreenView.nullable(),
  /** Name of its persona; null where it has none. */
  persona: z.string().nullable(),
  /** Why its persona may be missing from its context, or what is wrong with it; mostly null. */
  personaNotice: z.string().nullable(),
  /** The launch that started it; null where a person did. */
  launchId: z.number().int().nullable(),
  /** The agent whose work it has taken over; null where there is none. */
  predecessorId: z.number().int().nullable(),
  /** The agent that has taken over its work: it takes no more prompts. Null where there is none. */
  successorId: z.number().int().nullable(),
  /** The handoff that is open, from it or to it; null where none is. */
  handoff: AgentHandoff.nullable(),
  /** Who asked for that launch: `remote` is a program with an API key. */
  launchedFor: LaunchPurpose.nullable(),
  tmuxPane: z.string().nullable(),
  tmuxSocket: z.string().nullable(),
  pid: z.number().int().nullable(),
  host: z.string(),
  /** `interactive`, or `print` for a `claude -p` run. */
  kind: z.enum(['interactive', 'print']),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  endedAt: Timestamp.nullable(),
  endedReason: z.string().nullable(),
});
export type AgentView = z.infer<typeof AgentView>;

/** One step in an agent's history, with its cause. */
export const TransitionView = z.object({
  id: z.number().int(),
  at: Timestamp,
  commandId: z.number().int().nullable(),
  fromState: z.enum(COMMAND_STATES),
  toState: z.enum(COMMAND_STATES),
  fromAttention: z.enum(ATTENTIONS).nullable(),
  toAttention: z.enum(ATTENTIONS),
  reason: z.string(),
  rule: z.string(),
  evidence: z.array(Evidence),
});
export type TransitionView = z.infer<typeof TransitionView>;

export const TurnView = z.object({
  id: z.number().int(),
  commandId: z.number().int().nullable(),
  actor: z.enum(['user', 'agent']),
  /**
   * `event` is an interrupt or a compaction. Tools and what they gave back are left out of a list
   * unless it is asked for with `include=tools`.
   */
  kind: z.enum([
    'prompt',
    'question',
    'answer',
    'notification',
    'message',
    'error',
    'event',
    'tool',
    'tool_result',
  ]),
  text: z.string(),
  /** True where `text` is only the beginning of what was said. */
  truncated: z.boolean(),
  at: Timestamp,
  /** It in one line; null until that is made. */
  summary: z.string().nullable(),
  /** 0 calm to 10 furious, for what a person said. */
  frustration: z.number().int().nullable(),
});
export type TurnView = z.infer<typeof TurnView>;

/** An inbox row and what it did. `payload` is redacted and shortened for display. */
export const HookEventView = z.object({
  id: z.number().int(),
  eventId: z.string().nullable(),
  event: z.string(),
  sessionId: z.string(),
  status: z.enum(['pending', 'applied', 'recorded', 'parked']),
  /** What it did, or why it did nothing. */
  outcome: z.string().nullable(),
  error: z.string().nullable(),
  tries: z.number().int(),
  agentId: z.number().int().nullable(),
  /** Who sent it: host id, process of Claude Code, pane; null where the sender did not say. */
  host: z.string(),
  pid: z.number().int().nullable(),
  tmuxPane: z.string().nullable(),
  receivedAt: Timestamp,
  sentAt: Timestamp.nullable(),
  /** Order in which the events of one process fired; null where the sender did not say. */
  sequence: z.number().int().nullable(),
  appliedAt: Timestamp.nullable(),
  /** True where the payload was shortened for display; the stored one is whole. */
  truncated: z.boolean(),
  payload: z.unknown(),
});
export type HookEventView = z.infer<typeof HookEventView>;

/** `GET /hook/status`. */
export const HookStatus = z.object({
  received: z.number().int(),
  /** Done: applied to an agent, or recorded because it says nothing about one. */
  applied: z.number().int(),
  duplicate: z.number().int(),
  pending: z.number().int(),
  parked: z.number().int(),
  /** When the oldest unapplied event came; null where none waits. */
  oldestUnapplied: Timestamp.nullable(),
  oldestUnappliedSeconds: z.number().nullable(),
  lastEventAt: Timestamp.nullable(),
});
export type HookStatus = z.infer<typeof HookStatus>;

/** One row of `GET /api/advisory-locks`. Null where the holding process has not said. */
export const AdvisoryLockView = z.object({
  pid: z.number().int(),
  applicationName: z.string().nullable(),
  state: z.string().nullable(),
  queryStart: Timestamp.nullable(),
  namespace: z.number().int(),
  entityId: z.number().int(),
  mode: z.string(),
  granted: z.boolean(),
  durationSeconds: z.number().nullable(),
  purpose: z.string().nullable(),
  agentName: z.string().nullable(),
  waiting: z.number().int().nullable(),
});
export type AdvisoryLockView = z.infer<typeof AdvisoryLockView>;
