import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { Frame } from '../reentry.ts';
import type { Runtime } from '../runtime.ts';
import type { Session } from '../session/session.ts';
import type { Hold } from './key-queue.ts';

/** A lock as its body sees it. */
export interface HeldLock {
  /** First number of the key; null for a 64-bit key. */
  readonly namespace: number | null;
  /** Second number of the key; null for a 64-bit key. */
  readonly id: number | null;
  /** The 64-bit key; null for a two-integer key. */
  readonly key: bigint | null;
  /** Fencing token: greater than that of every earlier holder of this key, in any process. */
  readonly token: bigint;
  /** Whether other shared holders may have the key at the same time. */
  readonly shared: boolean;
  readonly purpose: string | null;
  /** Aborts with an AdvisoryLockError `lost` (or `closed`) when the lock is gone before its release. */
  readonly signal: AbortSignal;
  /** Milliseconds for which the server surely keeps the lock; renewed by itself. Zero when gone. */
  remainingMs(): number;
  /** Throws AdvisoryLockError `lost` unless the lock is surely held now. Compares the clock. */
  assertHeld(): void;
}

/** A lock that its owner releases; `await using lock = await locks.acquire(…)` does so by itself. */
export interface LockHandle extends HeldLock, AsyncDisposable {
  /** Give the lock back. Throws AdvisoryLockError `lost` when it was gone before. Idempotent. */
  release(): Promise<void>;
}

export interface Holding {
  readonly runtime: Runtime;
  /** The key that the caller asked for. */
  readonly key: LockKey;
  readonly hold: Hold;
  readonly token: bigint;
  readonly shared: boolean;
  readonly purpose: string | null;
  readonly waitMs: number;
  /** Runtime.now of the grant. */
  readonly grantedAt: number;
  readonly reported: boolean;
  readonly frame: Frame | null;
  readonly release: (lock: OwnedLock) => Promise<void>;
}

/** The one implementation of both views. */
export class OwnedLock implements LockHandle {
  readonly lockKey: LockKey;
  readonly hold: Hold;
  readonly token: bigint;
  readonly shared: boolean;
  readonly purpose: string | null;
  readonly waitMs: number;
  /** Whether events tell of it; off for the single steps of a larger request. */
  reported: boolean;
  /** The section that keeps the lock: its own body, else the one in which it was taken. */
  frame: Frame | null;
  readonly #runtime: Runtime;
  readonly #grantedAt: number;
  readonly #release: (lock: OwnedLock) => Promise<void>;
  #controller: AbortController | null = null;
  #released: Promise<void> | null = null;
  #gone: AdvisoryLockError | null = null;

  constructor(holding: Holding) {
    this.lockKey = holding.key;
    this.hold = holding.hold;
    this.token = holding.token;
    this.shared = holding.shared;
    this.purpose = holding.purpose;
    this.waitMs = holding.waitMs;
    this.reported = holding.reported;
    this.frame = holding.frame;
    this.#runtime = holding.runtime;
    this.#grantedAt = holding.grantedAt;
    this.#release = holding.release;
  }

  get session(): Session {
    return this.hold.session;
  }

  get namespace(): number | null {
    return this.lockKey.namespace;
  }

  get id(): number | null {
    return this.lockKey.id;
  }

  get key(): bigint | null {
    return this.lockKey.wide;
  }

  /** Made on first use: most sections never ask for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#gone !== null) this.#controller.abort(this.#gone);
    return this.#controller.signal;
  }

  /** Why the lock is gone although it was not released, or null. */
  get gone(): AdvisoryLockError | null {
    return this.#gone;
  }

  get heldMs(): number {
    return this.#runtime.now() - this.#grantedAt;
  }

  remainingMs(): number {
    if (this.#gone !== null || this.#released !== null) return 0;
    return Math.max(0, this.session.remainingMs());
  }

  assertHeld(): void {
    if (this.#gone !== null) throw this.#gone;
    const name = describeKey(this.lockKey);
    if (this.#released !== null)
      throw new AdvisoryLockError('lost', `lock ${name} was released already`);
    if (this.session.remainingMs() <= 0)
      throw new AdvisoryLockError('lost', `lock ${name}: the lease is over without an answer`);
  }

  release(): Promise<void> {
    this.#released ??= this.#release(this);
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Tell the holder that the lock is gone. */
  lose(error: AdvisoryLockError): void {
    if (this.#gone !== null) return;
    this.#gone = error;
    this.#controller?.abort(error);
  }
}
