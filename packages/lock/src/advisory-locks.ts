/**
 * Advisory locks of one process on one database, over a few connections of its own that are never
 * the application's. Locks are session locks, so they survive every commit and rollback of the work
 * that they protect.
 */
import type {
  AdvisoryLocks,
  AnyKey,
  LockBody,
  Semaphore,
  SkipResult,
  TryOptions,
  WaitOptions,
} from './api.ts';
import { AdvisoryLockError } from './errors.ts';
import type { EmitEvent } from './events.ts';
import { describeKey, pairKey, toLockKey, type LockKey, type WideKey } from './keys.ts';
import { HistogramRecorder, type LockHistograms } from './metrics/histograms.ts';
import {
  readHolders,
  readLocalState,
  type AdvisoryLockRow,
  type LocalLockState,
} from './monitor.ts';
import { NameRegistry } from './names/name-registry.ts';
import { DEFAULT_TIMEOUT_MS, resolveSettings, type AdvisoryLocksOptions } from './options.ts';
import type { HeldLock, LockHandle, OwnedLock } from './queue/held-lock.ts';
import { acquireAll } from './queue/lock-all.ts';
import { LockTable } from './queue/lock-table.ts';
import type { RequestOptions } from './queue/request.ts';
import { semaphoreKeys } from './recipes/semaphore.ts';
import { createWebLocks, type WebLocks } from './recipes/web-locks.ts';
import { heldInThisContext, newFrame, runInFrame } from './reentry.ts';

/** Create the lock service of this process. Connects on first use. Throws RangeError. */
export function createAdvisoryLocks(options: AdvisoryLocksOptions): AdvisoryLocks {
  const settings = resolveSettings(options);
  const recorder = new HistogramRecorder(options.meter);
  const emit: typeof settings.emit = (event) => {
    recorder.observe(event);
    settings.emit(event);
  };
  return new LockService(new LockTable({ ...settings, emit }), recorder, emit);
}

let serviceCount = 0;

class LockService implements AdvisoryLocks {
  readonly web: WebLocks;
  readonly #table: LockTable;
  readonly #recorder: HistogramRecorder;
  readonly #names: NameRegistry;
  /** Two services may serve two databases, where equal keys are different locks. */
  readonly #scope = `${++serviceCount}:`;

  constructor(table: LockTable, recorder: HistogramRecorder, emit: EmitEvent) {
    this.#table = table;
    this.#recorder = recorder;
    this.#names = new NameRegistry(({ key, names }) =>
      emit({ type: 'name_collision', key, names }),
    );
    this.web = createWebLocks(this, this.#names);
  }

  async advisoryLock<T>(
    first: unknown,
    second?: unknown,
    third?: unknown,
    fourth?: unknown,
  ): Promise<T> {
    const call = parseCall<WaitOptions, LockBody<T>>(first, second, third, fourth);
    const { key, options, body } = call;
    const lock = taken(await this.#request(key, options ?? {}), key);
    return this.#runBody([lock], () => must(body)(lock));
  }

  async advisoryLockOrSkip<T>(
    first: unknown,
    second?: unknown,
    third?: unknown,
    fourth?: unknown,
  ): Promise<SkipResult<T>> {
    const call = parseCall<TryOptions, LockBody<T>>(first, second, third, fourth);
    const { key, options, body } = call;
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

  async acquire(first: unknown, second?: unknown, third?: unknown): Promise<LockHandle> {
    const { key, options } = parseCall<WaitOptions, never>(first, second, third);
    return taken(await this.#request(key, options ?? {}), key);
  }

  async tryAcquire(first: unknown, second?: unknown, third?: unknown): Promise<LockHandle | null> {
    const { key, options } = parseCall<TryOptions, never>(first, second, third);
    this.#refuseReentry(key);
    return this.#table.request(key, requestOptions('try', options ?? {}));
  }

  semaphore(name: string, slots: number): Semaphore {
    const keys = semaphoreKeys(name, slots);
    return {
      run: async (options, body) => {
        const lock = taken(await this.#request(keys.key, options, keys.slots), keys.key);
        return this.#runBody([lock], () => body(lock));
      },
      acquire: async (options = {}) =>
        taken(await this.#request(keys.key, options, keys.slots), keys.key),
      tryAcquire: async (options = {}) => {
        this.#refuseReentry(keys.key);
        return this.#table.request(keys.key, requestOptions('try', options), keys.slots);
      },
    };
  }

  keyFor(name: string): WideKey {
    return this.#names.keyFor(name);
  }

  histograms(): LockHistograms {
    return this.#recorder.read();
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

  /** Null only without time to wait: then it is one try. Throws at once what needs no wait. */
  #request(
    key: LockKey,
    options: WaitOptions,
    slots: readonly LockKey[] | null = null,
  ): Promise<OwnedLock | null> {
    this.#refuseReentry(key);
    const mode = options.timeoutMs === 0 ? 'try' : 'wait';
    return this.#table.request(key, requestOptions(mode, options), slots);
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
    return heldInThisContext(this.#scope, key.lockId);
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

/** Both key forms: (namespace, id, options, body) and (key, options, body). */
function parseCall<Options, Body>(
  first: unknown,
  second?: unknown,
  third?: unknown,
  fourth?: unknown,
): ParsedCall<Options, Body> {
  const isValue = typeof first === 'object' && first !== null;
  const key = isValue ? toLockKey(first as AnyKey) : pairKey(first as number, second as number);
  const [options, body] = isValue ? [second, third] : [third, fourth];
  return { key, options: options as Options | undefined, body: body as Body | undefined };
}

/** The lock, unless there was no time to wait for it. */
function taken(lock: OwnedLock | null, key: LockKey): OwnedLock {
  if (lock !== null) return lock;
  throw new AdvisoryLockError('timeout', `lock ${describeKey(key)} is taken; timeoutMs is 0`);
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
