/** Prompts in words for the terminal. */
import type { PromptView } from '@headspace/contract';

/** One line on where a prompt is, without its text. */
export function describePrompt(prompt: PromptView): string {
  const why = prompt.reason === null ? '' : `: ${prompt.reason}`;
  return `prompt ${prompt.id} ${wordsOf(prompt)}${why}`;
}

function wordsOf({ state, place, acceptedBy }: PromptView): string {
  switch (state) {
    case 'queued':
      return place === null || place === 1 ? 'queued, next' : `queued at place ${place}`;
    case 'delivering':
      return 'is being delivered';
    case 'pasted':
      return 'is in the prompt box';
    case 'accepted':
      return acceptedBy === 'queue' ? 'arrived, and waits in Claude Code for its turn' : 'arrived';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
  }
}
