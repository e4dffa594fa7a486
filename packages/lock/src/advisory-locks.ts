/**
 * The public face: advisory locks of one process on one database, over a few connections of its own
 * that are never the application's. Locks are session locks, so they survive every commit and
 * rollback of the work that they protect.
 */
import { AdvisoryLockError } from './errors.ts';
import { describeKey, pairKey, wideKey, type LockKey, type WideKey } from './keys.ts';
import {
  readHolders,
  readLocalState,
  type AdvisoryLockRow,
  type LocalLockState,
} from './monitor.ts';
import { DEFAULT_TIMEOUT_MS, resolveSettings, type AdvisoryLocksOptions } from './options.ts';
import type { HeldLock, LockHandle, OwnedLock } from './queue/held-lock.ts';
import { acquireAll } from './queue/lock-all.ts';
import { LockTable } from './queue/lock-table.ts';
import type { RequestOptions } from './queue/request.ts';
import { heldInThisContext, newFrame, runInFrame } from './reentry.ts';

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
 * Advisory locks. Every method that takes a key takes namespace and id, or `{key}` with 64 bits.
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
  advisoryLock<T>(key: WideKey, options: WaitOptions, body: LockBody<T>): Promise<T>;

  /** Run `body` if the lock is free now. An error while acquiring is an error, never "busy". */
  advisoryLockOrSkip<T>(
    namespace: number,
    id: number,
    options: TryOptions,
    body: LockBody<T>,
  ): Promise<SkipResult<T>>;
  advisoryLockOrSkip<T>(
    key: WideKey,
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
  acquire(key: WideKey, options?: WaitOptions): Promise<LockHandle>;

  /** As `acquire`, but null when the lock is taken. */
  tryAcquire(namespace: number, id: number, options?: TryOptions): Promise<LockHandle | null>;
  tryAcquire(key: WideKey, options?: TryOptions): Promise<LockHandle | null>;

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

/** Create the lock service of this process. Connects on first use. Throws RangeError. */
export function createAdvisoryLocks(options: AdvisoryLocksOptions): AdvisoryLocks {
  return new LockService(new LockTable(resolveSettings(options)));
}

let serviceCount = 0;

class LockService implements AdvisoryLocks {
  readonly #table: LockTable;
  /** Two services may serve two databases, where equal keys are different locks. */
  readonly #scope = `${++serviceCount}:`;

  constructor(table: LockTable) {
    this.#table = table;
  }

  async advisoryLock<T>(...args: readonly unknown[]): Promise<T> {
    const { key, options, body } = parseCall<WaitOptions, LockBody<T>>(args);
    const lock = await this.#acquire(key, options ?? {});
    return this.#runBody([lock], () => must(body)(lock));
  }

  async advisoryLockOrSkip<T>(...args: readonly unknown[]): Promise<SkipResult<T>> {
    const { key, options, body } = parseCall<TryOptions, LockBody<T>>(args);
    if (this.#isReentrant(key)) {
      const { purpose = null, shared = false } = options ?? {};
      this.#table.reports.reentrantSkip(key, purpose, shared);
      return { acquired: false, reason: 'reentrant' };
    }
    const lock = await this.#table.request(key, requestOptions('try', options ?? {}));
    if (lock === null) return { acquired: false, reason: 'busy' };
    return { acquired: true, value: await this.#runBody([lock], () => must(body)(lock)) };
  }

  async advisoryLockAll<T>(
    namespace: number,
    ids: readonly number[],
    options: WaitOptions,
    body: (locks: readonly HeldLock[]) => T | PromiseLike<T>,
  ): Promise<T> {
    const ascending = [...new Set(ids)].sort((a, b) => a - b);
    if (ascending.length === 0) throw new RangeError('advisoryLockAll needs at least one id');
    const keys = ascending.map((id) => pairKey(namespace, id));
    for (const key of keys) this.#refuseReentry(key);
    const locks = await acquireAll(this.#table, keys, requestOptions('wait', options));
    return this.#runBody(locks, () => body(locks));
  }

  async acquire(...args: readonly unknown[]): Promise<LockHandle> {
    const { key, options } = parseCall<WaitOptions, never>(args);
    return this.#acquire(key, options ?? {});
  }

  async tryAcquire(...args: readonly unknown[]): Promise<LockHandle | null> {
    const { key, options } = parseCall<TryOptions, never>(args);
    this.#refuseReentry(key);
    return this.#table.request(key, requestOptions('try', options ?? {}));
  }

  heldAdvisoryLocks(): Promise<readonly AdvisoryLockRow[]> {
    return readHolders(this.#table);
  }

  localState(): LocalLockState {
    return readLocalState(this.#table);
  }

  close(): Promise<void> {
    return this.#table.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #acquire(key: LockKey, options: WaitOptions): Promise<OwnedLock> {
    this.#refuseReentry(key);
    // No time to wait: one try.
    const mode = options.timeoutMs === 0 ? 'try' : 'wait';
    const lock = await this.#table.request(key, requestOptions(mode, options));
    if (lock === null)
      throw new AdvisoryLockError('timeout', `lock ${describeKey(key)} is taken; timeoutMs is 0`);
    return lock;
  }

  /** The body's error goes first; a failed release beside it is reported as an event. */
  async #runBody<T>(locks: readonly OwnedLock[], body: () => T | PromiseLike<T>): Promise<T> {
    const lockIds = locks.map((lock) => this.#scope + lock.lockKey.lockId);
    const frame = newFrame(lockIds);
    for (const lock of locks) lock.frame = frame;
    let value: T;
    try {
      value = await runInFrame(frame, body);
    } catch (error) {
      await Promise.allSettled(locks.map((lock) => lock.release()));
      throw error;
    }
    const released = await Promise.allSettled(locks.map((lock) => lock.release()));
    for (const result of released) if (result.status === 'rejected') throw result.reason;
    return value;
  }

  #isReentrant(key: LockKey): boolean {
    return heldInThisContext(this.#scope + key.lockId);
  }

  #refuseReentry(key: LockKey): void {
    if (this.#isReentrant(key))
      throw new AdvisoryLockError(
        'reentrant',
        `lock ${describeKey(key)} is already held by this async context; pass what you need instead of locking again`,
      );
  }
}

interface ParsedCall<Options, Body> {
  readonly key: LockKey;
  readonly options: Options | undefined;
  readonly body: Body | undefined;
}

/** Both key forms: (namespace, id, options, body) and ({key}, options, body). */
function parseCall<Options, Body>(args: readonly unknown[]): ParsedCall<Options, Body> {
  const [first, second] = args;
  const wide = typeof first === 'object' && first !== null && 'key' in first;
  const [options, body] = args.slice(wide ? 1 : 2);
  const key = wide ? wideKey(first.key as bigint) : pairKey(first as number, second as number);
  return { key, options: options as Options | undefined, body: body as Body | undefined };
}

function requestOptions(mode: 'wait' | 'try', options: WaitOptions): RequestOptions {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const valid = timeoutMs === Infinity || (timeoutMs >= 0 && timeoutMs <= 0x7fff_ffff);
  if (!valid)
    throw new RangeError(`timeoutMs must be 0 to 2147483647 or Infinity, got ${timeoutMs}`);
  return {
    mode,
    shared: options.shared ?? false,
    timeoutMs,
    purpose: options.purpose ?? null,
    signal: options.signal ?? null,
    report: true,
  };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a body function is needed');
  return value;
}
