/**
 * What is known of an agent beyond its command: the facts from which attention is derived.
 * Stored as one JSON value on the agent's row, so that one read under the lock has everything.
 * Times are milliseconds since 1970. Every list has a bound.
 */
import type { Attention, EvidenceSource } from '@headspace/contract';
import type { UsageBucket } from './cost.ts';
import type { ClientQueued, Delivery, Unproven } from './delivery.ts';
import type { DialogClaim } from './dialog-claim.ts';
import type { ContextUse } from './context-use.ts';
import type { PersonaActivity } from './persona-injection.ts';
import type { HandoffMark } from './handoff.ts';
import type { ScreenFact } from './screen-fact.ts';

/** A tool call that has started and not ended. The key in `Activity.tools` is its tool_use_id. */
export interface OpenTool {
  name: string;
  /** Fingerprint of tool and input; see `input-key.ts`. */
  inputKey: string;
  /** Claude's agent_id of the subagent that called it; null for the agent itself. */
  subagent: string | null;
  at: number;
}

/** Something that waits for a person. */
export interface Dialog {
  kind: 'permission' | 'question' | 'plan' | 'elicitation';
  /** Known once the dialog could be paired with its tool call. */
  toolUseId: string | null;
  inputKey: string;
  subagent: string | null;
  subagentType: string | null;
  summary: string;
  since: number;
  /** The hook event that told of it, which names it for good; null or absent where none was stored. */
  hookEventId?: number | null;
}

export interface Subagent {
  type: string;
  since: number;
}

/** One signal that took part in the present decision. */
export interface Witness {
  source: EvidenceSource;
  signal: string;
  at: number;
  hookEventId: number | null;
}

/** What was last shown, and since when: the memory against which a change is recognised. */
export interface Shown {
  attention: Attention;
  reason: string;
  rule: string;
  since: number;
  evidence: Witness[];
}

/** Claude's own session file, `sessions/<pid>.json`, as last seen. */
export interface SessionFileSeen {
  pid: number;
  status: 'idle' | 'busy' | 'waiting' | 'shell' | null;
  waitingFor: string | null;
  at: number;
}

export interface Activity {
  /** How many commands and transitions this agent has had: they number the next ones. */
  commands: number;
  transitions: number;
  /**
   * Where the turn is: `none` nothing asked since the session began, `running`, `finished`,
   * `failed` with an error, `interrupted`, `over` at rest by the session file although how it
   * ended was not seen, `resumed` at rest after a resume.
   */
  turn: 'none' | 'running' | 'finished' | 'failed' | 'interrupted' | 'over' | 'resumed';
  /** Claude's prompt_id of the present or last turn. */
  promptId: string | null;
  /** Whether the prompt of `promptId` itself was seen; a tool event can overtake it. */
  promptSeen: boolean;
  /** prompt_ids of turns that are over, newest last. */
  pastPromptIds: string[];
  tools: Record<string, OpenTool>;
  /** tool_use_ids that have ended, newest last: a late PreToolUse must not reopen them. */
  closedTools: string[];
  dialogs: Dialog[];
  /** Whose answer is on its way into its terminal, or was the last; absent or null where none. */
  claim?: DialogClaim | null;
  subagents: Record<string, Subagent>;
  /** What ran in the background at the last Stop, by Claude's own list. */
  tasks: { id: string; type: string; description: string | null }[];
  compacting: 'manual' | 'auto' | null;
  failure: { error: string; message: string } | null;
  sessionFile: SessionFileSeen | null;
  /** Time of the last hook that decided something: older evidence of other kinds is history. */
  edgeAt: number;
  /** Latest time a hook itself carried (X-Headspace-Sent-At): what is older by far is late. */
  sentAt: number | null;
  /** The newest hook of the process that sends them, in the order in which it fired them. */
  sequence?: { of: string; last: number } | null;
  /** How full the context is; absent or null until something has reported it. */
  context?: ContextUse | null;
  /** Tokens of all its sessions and subagents; absent until a transcript has told of some. */
  usage?: UsageBucket[];
  /** The prompt that is being sent into its terminal, and those given up without proof. */
  delivery?: Delivery | null;
  unproven?: readonly Unproven[];
  /** Messages that wait in Claude Code's own queue, as far as the transcript has told. */
  clientQueue?: readonly ClientQueued[];
  /** The handoff that is open, from this agent or to it; absent or null where none is. */
  handoff?: HandoffMark | null;
  /** What its screen proves beside all that; null where it proves nothing. */
  screen?: ScreenFact | null;
  /** What is known of the persona it was given; absent until it gets one. */
  persona?: PersonaActivity;
  /** What was going on when a person dismissed it, to come back to; null where nobody did. */
  dismissed?: SetAside | null;
  /** Idempotency keys of people's last acts, newest last. */
  actKeys?: string[];
  /** Why it cannot be known what the agent does; null where it can. */
  doubt: string | null;
  shown: Shown;
}

/** The facts of a turn that is interrupted by a dismissal. */
export interface SetAside extends Pick<
  Activity,
  | 'turn'
  | 'promptId'
  | 'promptSeen'
  | 'tools'
  | 'dialogs'
  | 'subagents'
  | 'tasks'
  | 'compacting'
  | 'failure'
  | 'doubt'
> {
  /** Words of the command that was open; null where none was, or they were not seen. */
  prompt: string | null;
}

export const LIMITS = {
  tools: 256,
  closedTools: 128,
  pastPromptIds: 32,
  dialogs: 32,
  subagents: 128,
  evidence: 4,
} as const;

/** The activity of an agent about which nothing but its start is known. */
export function freshActivity(at: number): Activity {
  return {
    commands: 0,
    transitions: 0,
    turn: 'none',
    promptId: null,
    promptSeen: false,
    pastPromptIds: [],
    tools: {},
    closedTools: [],
    dialogs: [],
    subagents: {},
    tasks: [],
    compacting: null,
    failure: null,
    sessionFile: null,
    edgeAt: at,
    sentAt: null,
    doubt: null,
    shown: {
      attention: 'unknown',
      reason: 'nothing seen yet',
      rule: 'nothing-seen',
      since: at,
      evidence: [],
    },
  };
}

/** Adds `value` at the end of `list`, without repetition, and keeps the newest `limit`. */
export function remember(list: string[], value: string, limit: number): void {
  const at = list.indexOf(value);
  if (at !== -1) list.splice(at, 1);
  list.push(value);
  if (list.length > limit) list.splice(0, list.length - limit);
}

/** Keeps the newest `limit` entries of a record in insertion order. */
export function bound(record: Record<string, unknown>, limit: number): void {
  const keys = Object.keys(record);
  for (const key of keys.slice(0, Math.max(0, keys.length - limit))) delete record[key];
}

/** The person's move: nothing runs and nothing waits. Subagents and tasks are left to the caller. */
export function clearTurn(activity: Activity): void {
  for (const id of Object.keys(activity.tools)) {
    remember(activity.closedTools, id, LIMITS.closedTools);
  }
  activity.tools = {};
  activity.dialogs = [];
  activity.compacting = null;
  activity.failure = null;
}
