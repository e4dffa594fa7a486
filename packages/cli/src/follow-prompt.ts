/** Watches one prompt until it has arrived, failed or been taken back. */
import { PromptView } from '@headspace/contract';
import { get } from './api.ts';
import type { Site } from './context.ts';
import { follow } from './follow.ts';

/** As `follow`: the prompt as it was last seen. */
export async function followPrompt(
  site: Site,
  prompt: PromptView,
  signal: AbortSignal,
  tell: (prompt: PromptView) => void,
): Promise<PromptView> {
  const path = `/api/agents/${prompt.agentId}/prompts/${prompt.id}`;
  return follow(
    site,
    prompt,
    {
      look: async () => get(site, path, PromptView),
      // Also those of others: a place in the queue changes with what happens to them.
      concerns: (event) => event.type === 'prompt.changed' && event.agentId === prompt.agentId,
      isOver: ({ state }) => state === 'accepted' || state === 'failed' || state === 'cancelled',
      tell,
    },
    signal,
  );
}
