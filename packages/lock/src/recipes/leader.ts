/**
 * Leader election: of all processes that run for the same key, one leads at a time. When it ends or
 * loses the lock, the next one leads.
 */
import type { AdvisoryLocks, AnyKey } from '../api.ts';
import { AdvisoryLockError } from '../errors.ts';
import type { HeldLock } from '../queue/held-lock.ts';

export interface LeaderOptions {
  readonly purpose?: string;
  /** Time to the next try after the database could not be reached. Default 1,000 ms. */
  readonly retryMs?: number;
  /** Told of each term that did not end well; the campaign goes on. */
  readonly onError?: (error: unknown) => void;
}

/** A running campaign. */
export interface Leader extends AsyncDisposable {
  readonly isLeader: boolean;
  /** Fencing token of the current term, or null. */
  readonly token: bigint | null;
  /** End the term (its signal aborts) and the campaign; resolves when `lead` has ended. */
  stop(): Promise<void>;
}

/**
 * Run for leadership until `stop()`. `lead` runs once per term and gets the lock and a signal that
 * aborts when the lock is lost or `stop()` is called; when it returns, the term ends and the
 * campaign goes on.
 */
export function runForLeader(
  locks: AdvisoryLocks,
  key: AnyKey,
  lead: (lock: HeldLock, signal: AbortSignal) => void | PromiseLike<void>,
  options: LeaderOptions = {},
): Leader {
  return new Campaign(locks, key, lead, options);
}

class Campaign implements Leader {
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #lock: HeldLock | null = null;

  constructor(
    locks: AdvisoryLocks,
    key: AnyKey,
    lead: (lock: HeldLock, signal: AbortSignal) => void | PromiseLike<void>,
    { purpose = 'leader', retryMs = 1_000, onError = () => {} }: LeaderOptions,
  ) {
    const { signal } = this.#stopping;
    const term = (lock: HeldLock): void | PromiseLike<void> => {
      this.#lock = lock;
      return lead(lock, AbortSignal.any([signal, lock.signal]));
    };
    this.#ended = (async () => {
      while (!signal.aborted) {
        try {
          await locks.advisoryLock(key, { purpose, timeoutMs: Infinity, signal }, term);
        } catch (error) {
          if (isClosed(error)) return;
          if (!signal.aborted) onError(error);
          await pause(retryMs, signal);
        } finally {
          this.#lock = null;
        }
      }
    })();
  }

  get isLeader(): boolean {
    return this.#lock !== null && this.#lock.remainingMs() > 0;
  }

  get token(): bigint | null {
    return this.isLeader ? (this.#lock?.token ?? null) : null;
  }

  stop(): Promise<void> {
    this.#stopping.abort(new Error('the campaign was stopped'));
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof AdvisoryLockError && error.code === 'closed';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
