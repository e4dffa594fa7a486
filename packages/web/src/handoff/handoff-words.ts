/** Handoffs in words: where one is, and whether an agent can be asked for one. Pure. */
import type { AgentView, HandoffView } from '@headspace/contract';
import { unreachable } from '../prompts/prompt-words.ts';

const STATES: Readonly<Record<HandoffView['state'], string>> = {
  requested: 'Waits for the agent’s rest, to ask for its document',
  asked: 'The agent writes its handover document',
  written: 'The document is complete, the successor is started next',
  launching: 'The successor is being started',
  examining: 'The successor has taken over and answers questions',
  done: 'Handed over',
  failed: 'Failed',
  abandoned: 'Given up',
};

const FAILED: Readonly<Record<string, string>> = {
  requested: 'Failed: the agent could not be asked',
  asked: 'Failed: there is no document',
  written: 'Failed: the successor could not be started',
  launching: 'Failed: there is no successor',
  examining: 'Handed over, but the questions were not answered',
};

export function handoffWords({ state, failedIn }: HandoffView): string {
  return state === 'failed' ? (FAILED[failedIn ?? ''] ?? STATES.failed) : STATES[state];
}

export const isOpen = ({ state }: HandoffView): boolean =>
  state !== 'done' && state !== 'abandoned';

/** A handoff of its own that is open, or its agent's state, keeps it from another one. */
export function canHandOver(agent: AgentView, handoffs: readonly HandoffView[]): boolean {
  if (unreachable(agent) !== null || agent.handoff?.state === 'examining') return false;
  return !handoffs.some((handoff) => handoff.agentId === agent.id && isOpen(handoff));
}
