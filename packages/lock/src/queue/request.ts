/**
 * One caller's request for one key. It ends exactly once: granted, busy (try form), or with an error.
 * Its time limit and its AbortSignal cover everything: local queue, session, remote wait.
 */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { OwnedLock } from './held-lock.ts';
import { abortedError } from './refusals.ts';

export interface RequestOptions {
  /** `try` ends as busy where `wait` would wait. */
  readonly mode: 'wait' | 'try';
  /** Milliseconds, or Infinity. Not for `try`: that takes one round trip. */
  readonly timeoutMs: number;
  readonly purpose: string | null;
  readonly signal: AbortSignal | null;
  /** Whether to emit events; off for the single steps of a larger request. */
  readonly report: boolean;
}

export class LockRequest {
  readonly key: LockKey;
  readonly options: RequestOptions;
  readonly startedAt = performance.now();
  /** Resolves with the lock, or null for busy. */
  readonly result: Promise<OwnedLock | null>;
  readonly #resolve: (lock: OwnedLock | null) => void;
  readonly #reject: (error: Error) => void;
  readonly #onGivenUp: (request: LockRequest, error: AdvisoryLockError) => void;
  #timer: NodeJS.Timeout | null = null;
  #settled = false;

  /** `onGivenUp` runs when time or the caller's signal ends the request. */
  constructor(
    key: LockKey,
    options: RequestOptions,
    onGivenUp: (request: LockRequest, error: AdvisoryLockError) => void,
  ) {
    this.key = key;
    this.options = options;
    this.#onGivenUp = onGivenUp;
    const { promise, resolve, reject } = Promise.withResolvers<OwnedLock | null>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.mode === 'wait' && options.timeoutMs !== Infinity)
      this.#timer = setTimeout(() => this.#onTimeout(), options.timeoutMs);
  }

  get waitMs(): number {
    return performance.now() - this.startedAt;
  }

  grant(lock: OwnedLock): void {
    if (this.#finish()) this.#resolve(lock);
  }

  busy(): void {
    if (this.#finish()) this.#resolve(null);
  }

  fail(error: Error): void {
    if (this.#finish()) this.#reject(error);
  }

  #finish(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.options.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }

  readonly #onAbort = (): void => {
    this.#onGivenUp(this, abortedError(this.key, this.options.signal));
  };

  #onTimeout(): void {
    const waited = `not granted within ${this.options.timeoutMs} ms`;
    this.#onGivenUp(
      this,
      new AdvisoryLockError('timeout', `lock ${describeKey(this.key)}: ${waited}`),
    );
  }
}
