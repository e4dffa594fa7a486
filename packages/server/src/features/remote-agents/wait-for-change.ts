/**
 * Long poll: reads again whenever the event stream names what is waited for, until the answer is the
 * right one. Between two reads it holds no connection of the database.
 */
import { anySignal } from '../../platform/any-signal.ts';
import type { StreamItem } from '../events/index.ts';
import type { RemoteAgentsContext } from './context.ts';

/** What a read gives; a message of the stream concerns it if it holds one of the marks. */
interface Marked {
  readonly marks: readonly string[];
}

export interface Wait<T extends Marked> {
  read(): Promise<T>;
  isDone(value: T): boolean;
  readonly waitMs: number;
  /** Fires when the caller has gone. */
  readonly gone: AbortSignal;
}

/** A busy agent changes many times a second; so often a waiter looks at the most. */
const LEAST_GAP_MS = 100;
/** What the stream does not tell, such as a key that was revoked, is seen after so long. */
const SLOW_LOOK_MS = 5_000;

/** The last value read: the right one, or the one at the end of the time, at a stop, or without a caller. */
export async function waitForChange<T extends Marked>(
  { events, clock, stopping }: Pick<RemoteAgentsContext, 'events' | 'clock' | 'stopping'>,
  { read, isDone, waitMs, gone }: Wait<T>,
): Promise<T> {
  const end = clock.now() + waitMs;
  const own = new AbortController();
  const signal = anySignal([own.signal, gone, stopping]);
  const news = events.subscribe({ after: undefined, signal });
  try {
    // From here on nothing is missed: what came before is in the next read.
    await news.next();
    // Unknown during a read: at first there is a launch and no agent. Then everything may concern it.
    let marks: readonly string[] | null = null;
    const moves = follow(news, (item) => marks === null || concerns(item, marks));
    for (;;) {
      marks = null;
      moves.forget();
      const value = await read();
      ({ marks } = value);
      const left = end - clock.now();
      if (isDone(value) || left <= 0 || signal.aborted) return value;
      await Promise.race([moves.next(), clock.sleep(Math.min(left, SLOW_LOOK_MS), signal)]);
      await clock.sleep(Math.min(LEAST_GAP_MS, Math.max(0, end - clock.now())), signal);
    }
  } finally {
    own.abort();
    await news.return();
  }
}

interface Moves {
  /** What was told until now is in the read that follows. */
  forget(): void;
  /** Resolves when something was told since. */
  next(): Promise<void>;
}

/** Follows the stream all the time, so that it never falls behind. */
function follow(
  news: AsyncGenerator<StreamItem, void, void>,
  isOurs: (item: StreamItem) => boolean,
): Moves {
  let told = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    for await (const item of news) if (isOurs(item)) told.resolve();
  };
  // A stream that ends or fails says nothing any more: then the slow looks are left.
  run().catch(() => undefined);
  return {
    forget: () => {
      told = Promise.withResolvers<void>();
    },
    next: async () => told.promise,
  };
}

function concerns(item: StreamItem, marks: readonly string[]): boolean {
  if (item.kind !== 'messages') return true;
  return marks.some((mark) => item.bytes.includes(mark));
}
