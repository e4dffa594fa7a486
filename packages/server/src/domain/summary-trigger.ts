/** Which changes of an agent call for summaries. The job itself is in features/summaries. */
import type { Ledger, NewJob } from './agent-state.ts';

export const SUMMARISE = 'summarise';

/** A Stop and the transcript's entry for it come within this time; one look is enough for both. */
const DELAY_MS = 300;

/** Keyed by the agent: one look finds everything that is new of it. */
export function summariseJob(agentId: number): NewJob {
  return {
    name: SUMMARISE,
    key: `${SUMMARISE}:${agentId}`,
    payload: { agentId },
    afterMs: DELAY_MS,
  };
}

/** Something was said, or a command is over. */
export function callsForSummaries({ turns, commands }: Pick<Ledger, 'turns' | 'commands'>) {
  if (turns.some(({ kind }) => isSpoken(kind))) return true;
  return [...commands.values()].some(({ completedAt }) => completedAt !== null);
}

/** Kinds of turns that are somebody's words. */
export const SPOKEN: readonly string[] = ['prompt', 'question', 'answer', 'message', 'error'];

export const isSpoken = (kind: string): boolean => SPOKEN.includes(kind);
