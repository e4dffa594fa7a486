/** Watches one thing of the server until it is over, by the event stream. */
import type { StreamMessage } from '@headspace/contract';
import { request } from './api.ts';
import type { Site } from './context.ts';
import { CliError } from './errors.ts';
import { readEvents } from './output/sse.ts';
import { pause } from './pause.ts';

/** After a stream that broke off. */
const RECONNECT_MS = 1000;

export interface Followed<T> {
  /** Asks the server how it stands. */
  look: () => Promise<T>;
  /** Whether a message can mean a change of it. */
  concerns: (message: StreamMessage) => boolean;
  isOver: (seen: T) => boolean;
  /** Hears of each state on the way, the first one too. */
  tell: (seen: T) => void;
}

/**
 * Resolves with the thing as it was last seen: at its end, or when `signal` fires. A server that goes
 * away meanwhile is waited for. Throws CliError where it refuses to tell.
 */
export async function follow<T>(
  site: Site,
  first: T,
  { look, concerns, isOver, tell }: Followed<T>,
  signal: AbortSignal,
): Promise<T> {
  let last = first;
  const lookAgain = async () => {
    last = await look();
    tell(last);
    return isOver(last);
  };
  tell(last);
  while (!isOver(last) && !signal.aborted) {
    try {
      // Opened before the look, so that nothing falls between.
      const stream = await request(site, '/api/events', { signal }, null);
      if (await lookAgain()) break;
      for await (const event of readEvents(stream, signal)) {
        if (event.type === 'stream.reset') break;
        if (concerns(event) && (await lookAgain())) break;
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
