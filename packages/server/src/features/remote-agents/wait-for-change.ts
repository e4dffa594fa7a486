/**
 * Long poll: reads again whenever the event stream moves, until the answer is the one that is waited
 * for. Between two reads it holds no connection of the database.
 */
import type { RemoteAgentsContext } from './context.ts';

export interface Wait<T> {
  read(): Promise<T>;
  isDone(value: T): boolean;
  readonly waitMs: number;
  /** Fires when the caller has gone. */
  readonly gone: AbortSignal;
}

/** A busy stream moves many times a second; so often a waiter looks at the most. */
const LEAST_GAP_MS = 100;
/** What the stream does not tell, such as a key that was revoked, is seen after so long. */
const SLOW_LOOK_MS = 2_000;

/** The last value read: the right one, or the one at the end of the time, at a stop, or without a caller. */
export async function waitForChange<T>(
  { events, clock, stopping }: Pick<RemoteAgentsContext, 'events' | 'clock' | 'stopping'>,
  { read, isDone, waitMs, gone }: Wait<T>,
): Promise<T> {
  const end = clock.now() + waitMs;
  let value = await read();
  if (waitMs === 0 || isDone(value)) return value;
  const own = new AbortController();
  const signal = AbortSignal.any([own.signal, gone, stopping]);
  const news = events.subscribe({ after: undefined, signal });
  try {
    // From here on nothing is missed: what came before is in the next read.
    await news.next();
    let next = follow(news);
    for (;;) {
      value = await read();
      const left = end - clock.now();
      if (isDone(value) || left <= 0 || signal.aborted) return value;
      await Promise.race([next.moved, clock.sleep(Math.min(left, SLOW_LOOK_MS), signal)]);
      if (!next.pending()) next = follow(news);
      await clock.sleep(Math.min(LEAST_GAP_MS, Math.max(0, end - clock.now())), signal);
    }
  } finally {
    own.abort();
    await news.return();
  }
}

interface Following {
  readonly moved: Promise<void>;
  pending(): boolean;
}

/** The next item. A stream that ends or fails says nothing any more: then the slow looks are left. */
function follow(news: AsyncGenerator<unknown, void, void>): Following {
  let isPending = true;
  const moved = news.next().then(
    ({ done }) => {
      isPending = done === true;
    },
    () => undefined,
  );
  return { moved, pending: () => isPending };
}
