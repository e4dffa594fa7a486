/** Prompts in words: where one is, and whether an agent can be given any. Pure. */
import type { AgentView, PromptView } from '@headspace/contract';

export function stateWords({ state, place, acceptedBy }: PromptView): string {
  switch (state) {
    case 'queued':
      return place === 1 ? 'Next' : `Waits, place ${place ?? '?'}`;
    case 'delivering':
      return 'Being delivered';
    case 'pasted':
      return 'In the prompt box';
    case 'accepted':
      return acceptedBy === 'queue' ? 'Arrived, waits for its turn' : 'Arrived';
    case 'failed':
      return 'Not delivered';
    case 'cancelled':
      return 'Cancelled';
  }
}

/** Why nothing can be said to this agent; null where it can. */
export function unreachable(agent: AgentView): string | null {
  if (agent.endedAt !== null) return 'This agent has ended.';
  if (agent.successorId !== null) return 'This agent has handed over: write to its successor.';
  if (agent.kind === 'print') return 'A run of claude -p takes no further messages.';
  if (agent.tmuxPane === null)
    return 'This agent runs outside tmux, so nothing can be typed there.';
  return null;
}

/** `!` and `/` begin a command of Claude Code; otherwise a space goes before them. */
export function looksLikeCommand(text: string): boolean {
  return /^\s*[!/]\S/.test(text);
}

/** Those that a person may act on, and the few that were done last. */
export function shownPrompts(prompts: readonly PromptView[], done: number): PromptView[] {
  const isDone = ({ state }: PromptView) => state === 'accepted' || state === 'cancelled';
  return [...prompts.filter((one) => !isDone(one)), ...prompts.filter(isDone).slice(0, done)];
}
