/** The public face of the package: what the methods take and give. */
import type { PairKey, WideKey } from './keys.ts';
import type { LockHistograms } from './metrics/histograms.ts';
import type { AdvisoryLockRow, LocalLockState } from './monitor.ts';
import type { HeldLock, LockHandle } from './queue/held-lock.ts';
import type { WebLocks } from './recipes/web-locks.ts';

/** A key as one value. */
export type AnyKey = WideKey | PairKey;

export interface TryOptions {
  /** What the lock is for, in a few words; shown to people and in metrics. */
  readonly purpose?: string;
  /** Gives up before the grant. Afterwards it has no effect: see `HeldLock.signal`. */
  readonly signal?: AbortSignal;
  /** Shared with other shared holders; excludes exclusive ones, and is excluded by them. */
  readonly shared?: boolean;
}

export interface WaitOptions extends TryOptions {
  /** Limit for everything until the grant, in ms. Default 15,000. Infinity waits for ever. */
  readonly timeoutMs?: number;
}

export type LockBody<T> = (lock: HeldLock) => T | PromiseLike<T>;

export type SkipResult<T> =
  | { readonly acquired: true; readonly value: T }
  | { readonly acquired: false; readonly reason: 'busy' | 'reentrant' };

/**
 * Advisory locks. Every method that takes a key takes namespace and id, or `{namespace, id}`, or
 * `{key}` with 64 bits, as nameKey and keyPresets make it.
 * All throw AdvisoryLockError with a `code`; RangeError for arguments that can never work. What a
 * body throws arrives unchanged.
 */
export interface AdvisoryLocks extends AsyncDisposable {
  /**
   * Run `body` while holding the lock, waiting for it up to `timeoutMs`. The lock is released
   * whatever happens. Throws `lost` after a body that ended well when the lock did not last.
   */
  advisoryLock<T>(
    namespace: number,
    id: number,
    options: WaitOptions,
    body: LockBody<T>,
  ): Promise<T>;
  advisoryLock<T>(key: AnyKey, options: WaitOptions, body: LockBody<T>): Promise<T>;

  /** Run `body` if the lock is free now. An error while acquiring is an error, never "busy". */
  advisoryLockOrSkip<T>(
    namespace: number,
    id: number,
    options: TryOptions,
    body: LockBody<T>,
  ): Promise<SkipResult<T>>;
  advisoryLockOrSkip<T>(
    key: AnyKey,
    options: TryOptions,
    body: LockBody<T>,
  ): Promise<SkipResult<T>>;

  /** Run `body` while holding all ids of a namespace, taken together; locks come ascending by id. */
  advisoryLockAll<T>(
    namespace: number,
    ids: readonly number[],
    options: WaitOptions,
    body: (locks: readonly HeldLock[]) => T | PromiseLike<T>,
  ): Promise<T>;

  /**
   * Take the lock and keep it until `release()` or the end of an `await using` block. Re-entry is
   * seen only inside bodies of the forms above: taking the same key twice this way waits.
   */
  acquire(namespace: number, id: number, options?: WaitOptions): Promise<LockHandle>;
  acquire(key: AnyKey, options?: WaitOptions): Promise<LockHandle>;

  /** As `acquire`, but null when the lock is taken. */
  tryAcquire(namespace: number, id: number, options?: TryOptions): Promise<LockHandle | null>;
  tryAcquire(key: AnyKey, options?: TryOptions): Promise<LockHandle | null>;

  /**
   * A lock that `slots` holders may have at one time, over all processes. All must give the same
   * name and number. Throws RangeError.
   */
  semaphore(name: string, slots: number): Semaphore;

  /** Locks by name, in the shape of the Web Locks API. */
  readonly web: WebLocks;

  /** The key of a name; emits `name_collision` when this process used its key for another name. */
  keyFor(name: string): WideKey;

  /** Wait and hold times of this process since its start, by purpose. */
  histograms(): LockHistograms;

  /** All advisory locks of this database, other applications' too; not our interest locks. */
  heldAdvisoryLocks(): Promise<readonly AdvisoryLockRow[]>;

  /** Locks held and awaited by this process, without asking the server. */
  localState(): LocalLockState;

  /**
   * Refuse new calls, end waiting ones and held locks with code `closed`, disconnect. Finish your
   * bodies first. Same as `await using`.
   */
  close(): Promise<void>;
}

/** See AdvisoryLocks.semaphore. Options and errors are those of the methods of the same names. */
export interface Semaphore {
  /** Run `body` while holding a slot. */
  run<T>(options: Omit<WaitOptions, 'shared'>, body: LockBody<T>): Promise<T>;
  acquire(options?: Omit<WaitOptions, 'shared'>): Promise<LockHandle>;
  /** Null when all slots are taken. */
  tryAcquire(options?: Omit<TryOptions, 'shared'>): Promise<LockHandle | null>;
}
