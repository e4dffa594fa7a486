/** The part of an agent that the state rules read and write. Pure data; times in milliseconds. */
import type { CommandState, TurnView } from '@headspace/contract';
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
});

/** State of an agent as the API names it. */
export function stateOf(agent: AgentState): CommandState {
  return agent.command?.state ?? 'idle';
}
