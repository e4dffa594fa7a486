/** Which changes of an agent call for summaries (features/summaries). */
import type { Ledger } from './agent-state.ts';

/** Something was said, or a command is over. */
export function callsForSummaries({ turns, commands }: Pick<Ledger, 'turns' | 'commands'>) {
  if (turns.some(({ kind }) => isSpoken(kind))) return true;
  return [...commands.values()].some(({ completedAt }) => completedAt !== null);
}

/** Kinds of turns that are somebody's words. */
export const SPOKEN: readonly string[] = ['prompt', 'question', 'answer', 'message', 'error'];

export const isSpoken = (kind: string): boolean => SPOKEN.includes(kind);
