/** Watches one prompt until it has arrived, failed or been taken back. */
import { PromptView } from '@headspace/contract';
import { get, request } from './api.ts';
import type { Site } from './context.ts';
import { CliError } from './errors.ts';
import { readEvents } from './output/sse.ts';
import { pause } from './pause.ts';

/** After a stream that broke off. */
const RECONNECT_MS = 1000;

/**
 * Resolves with the prompt as it was last seen: at its end, or when `signal` fires. `tell` hears of
 * each state on the way. A server that goes away meanwhile is waited for.
 */
export async function followPrompt(
  site: Site,
  prompt: PromptView,
  signal: AbortSignal,
  tell: (prompt: PromptView) => void,
): Promise<PromptView> {
  let last = prompt;
  const look = async () => {
    last = await get(site, `/api/agents/${prompt.agentId}/prompts/${prompt.id}`, PromptView);
    tell(last);
    return isOver(last);
  };
  tell(last);
  while (!isOver(last) && !signal.aborted) {
    try {
      // Opened before the look, so that nothing falls between.
      const stream = await request(site, '/api/events', { signal }, null);
      if (await look()) break;
      for await (const event of readEvents(stream, signal)) {
        const ours = event.type === 'prompt.changed' && event.promptId === prompt.id;
        // A place in the queue changes with what happens to the others.
        const nearby = event.type === 'prompt.changed' && event.agentId === prompt.agentId;
        if (event.type === 'stream.reset') break;
        if ((ours || nearby) && (await look())) break;
      }
    } catch (error) {
      // A server that is away comes back; one that says no says it again.
      if (!signal.aborted && isRefusal(error)) throw error;
    }
    if (!isOver(last)) await pause(RECONNECT_MS, signal);
  }
  return last;
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof CliError ? error.status : undefined;
  return status !== undefined && status < 500;
}

function isOver({ state }: PromptView): boolean {
  return state === 'accepted' || state === 'failed' || state === 'cancelled';
}
