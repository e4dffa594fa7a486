/** The part of an agent that the state rules read and write. Pure data; times in milliseconds. */
import type { CommandOutput, CommandState, TurnView } from '@headspace/contract';
import type { Activity, Witness } from './activity.ts';
import type { NewPrompt, PromptChange } from './delivery.ts';
import type { TurnNames } from './turn-names.ts';

export interface Command {
  id: number;
  state: CommandState;
  /** The person's words; null where they were not seen. */
  prompt: string | null;
  promptId: string | null;
  startedAt: number;
  completedAt: number | null;
  /** How it ended: `finished`, `failed: …`, `interrupted`, `superseded`, `session ended`. */
  outcome: string | null;
  /** What is known of its final text, where it ended by itself; null where none was announced. */
  output: CommandOutput | null;
}

/** Work for after the commit, added in the section's own transaction; see platform/jobs. */
export interface NewJob {
  /** Which job, by the name it is defined under. */
  name: string;
  /** A job that waits under the same key is replaced. */
  key: string;
  payload: object;
  /** Not before this many milliseconds. */
  afterMs: number;
}

export interface NewTurn extends TurnNames {
  commandId: number | null;
  actor: 'user' | 'agent';
  kind: TurnView['kind'];
  text: string;
  at: number;
}

export interface NewTransition {
  id: number;
  at: number;
  commandId: number | null;
  fromState: CommandState;
  toState: CommandState;
  fromAttention: string | null;
  toAttention: string;
  reason: string;
  rule: string;
  evidence: Witness[];
}

/** Why an agent is over. An inference can be undone by any later hook; a hook's word only by a new prompt or start. */
export interface Ending {
  at: number;
  reason: string;
  by: 'hook' | 'inference' | 'person';
}

export interface AgentState {
  activity: Activity;
  /** The open command, else the last one since the session began. */
  command: Command | null;
  ending: Ending | null;
}

/** Everything a section changes, besides the agent's own row. */
export interface Ledger {
  commands: Map<number, Command>;
  turns: NewTurn[];
  transitions: NewTransition[];
  newPrompts: NewPrompt[];
  promptChanges: PromptChange[];
  jobs: NewJob[];
}

/**
 * Ids of commands and transitions are made of the agent's id and a running number, so they are
 * known before a row is written, grow with time for each agent, and need no sequence that server
 * processes would have to share. Both stay below 2^53 for every 31-bit agent id.
 */
export const commandId = (agentId: number, count: number): number => agentId * 2 ** 20 + count;
export const transitionId = (agentId: number, count: number): number => agentId * 2 ** 22 + count;

export const emptyLedger = (): Ledger => ({
  commands: new Map(),
  turns: [],
  transitions: [],
  newPrompts: [],
  promptChanges: [],
  jobs: [],
});

/** State of an agent as the API names it. */
export function stateOf(agent: AgentState): CommandState {
  return agent.command?.state ?? 'idle';
}
