/**
 * One caller's request for one key. It ends exactly once: granted, busy (try form), or with an error.
 * Its time limit and its AbortSignal cover everything: local queue, session, remote wait.
 */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import { activeFrames, currentFrame, type Frame } from '../reentry.ts';
import type { Runtime, Timer } from '../runtime.ts';
import type { OwnedLock } from './held-lock.ts';
import type { KeyQueue } from './key-queue.ts';
import { abortedError } from './refusals.ts';

export interface RequestOptions {
  /** `try` ends as busy where `wait` would wait. */
  readonly mode: 'wait' | 'try';
  /** Shared holders exclude exclusive ones only. */
  readonly shared: boolean;
  /** Milliseconds, or Infinity. Not for `try`: that takes one round trip. */
  readonly timeoutMs: number;
  readonly purpose: string | null;
  readonly signal: AbortSignal | null;
  /** Whether to emit events; off for the single steps of a larger request. */
  readonly report: boolean;
}

export class LockRequest {
  readonly queue: KeyQueue;
  readonly options: RequestOptions;
  /** The section in which the caller asked, or null outside of any. */
  readonly frame: Frame | null;
  /** Resolves with the lock, or null for busy. */
  readonly result: Promise<OwnedLock | null>;
  readonly #runtime: Runtime;
  readonly #startedAt: number;
  readonly #resolve: (lock: OwnedLock | null) => void;
  readonly #reject: (error: Error) => void;
  readonly #onGivenUp: (request: LockRequest, error: AdvisoryLockError) => void;
  #timer: Timer | null = null;
  #settled = false;

  /** `onGivenUp` runs when time or the caller's signal ends the request. */
  constructor(
    runtime: Runtime,
    queue: KeyQueue,
    options: RequestOptions,
    onGivenUp: (request: LockRequest, error: AdvisoryLockError) => void,
  ) {
    this.queue = queue;
    this.options = options;
    this.frame = currentFrame();
    this.#runtime = runtime;
    this.#startedAt = runtime.now();
    this.#onGivenUp = onGivenUp;
    const { promise, resolve, reject } = Promise.withResolvers<OwnedLock | null>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.mode === 'wait' && options.timeoutMs !== Infinity)
      this.#timer = runtime.after(options.timeoutMs, () => this.#onTimeout(), true);
    if (this.frame !== null) for (const each of activeFrames(this.frame)) each.waiting.add(this);
  }

  get key(): LockKey {
    return this.queue.key;
  }

  get waitMs(): number {
    return this.waitMsAt(this.#runtime.now());
  }

  waitMsAt(now: number): number {
    return now - this.#startedAt;
  }

  get settled(): boolean {
    return this.#settled;
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
    this.#timer?.cancel();
    this.options.signal?.removeEventListener('abort', this.#onAbort);
    if (this.frame !== null) for (const each of activeFrames(this.frame)) each.waiting.delete(this);
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
