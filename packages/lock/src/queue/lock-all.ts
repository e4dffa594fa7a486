/**
 * Several keys, all or nothing. Nothing is held while waiting: all keys are tried together; when one
 * is taken, the others are given back, and that one is waited for in its queue. With it in hand the
 * others are tried again. Two callers with overlapping sets therefore never wait for each other.
 */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { OwnedLock } from './held-lock.ts';
import type { LockTable } from './lock-table.ts';
import { abortedError } from './refusals.ts';
import type { RequestOptions } from './request.ts';

export type AllOptions = Pick<RequestOptions, 'timeoutMs' | 'purpose' | 'signal'>;

/** Take all keys (ascending, no repeats). Throws AdvisoryLockError with nothing held. */
export async function acquireAll(
  table: LockTable,
  keys: readonly LockKey[],
  options: AllOptions,
): Promise<readonly OwnedLock[]> {
  const until = table.runtime.now() + options.timeoutMs;
  let taken: LockKey | null = null;
  for (;;) {
    const held: OwnedLock[] = [];
    try {
      if (taken !== null) held.push(await waitFor(table, taken, until, options));
      const blocking = await tryRest(table, keys, held, options);
      if (options.signal?.aborted === true) throw abortedError(firstOf(keys), options.signal);
      if (blocking === null) {
        for (const lock of held) {
          lock.reported = true;
          table.reports.acquired(lock, false);
        }
        return keys.flatMap((key) => held.filter((lock) => lock.lockKey.lockId === key.lockId));
      }
      taken = blocking;
    } catch (error) {
      await giveBack(held);
      throw withWholeLimit(error, options.timeoutMs);
    }
    await giveBack(held);
  }
}

async function waitFor(
  table: LockTable,
  key: LockKey,
  until: number,
  options: AllOptions,
): Promise<OwnedLock> {
  const timeoutMs = until === Infinity ? Infinity : Math.max(0, until - table.runtime.now());
  const lock = await table.request(key, {
    ...options,
    mode: 'wait',
    shared: false,
    timeoutMs,
    report: false,
  });
  if (lock === null)
    throw new AdvisoryLockError('connection', `lock ${describeKey(key)}: no answer`);
  return lock;
}

/** Try every key that is not held yet; those granted are added to `held`. Returns the first taken. */
async function tryRest(
  table: LockTable,
  keys: readonly LockKey[],
  held: OwnedLock[],
  options: AllOptions,
): Promise<LockKey | null> {
  const have = new Set(held.map((lock) => lock.lockKey.lockId));
  const rest = keys.filter((key) => !have.has(key.lockId));
  const request = { ...options, mode: 'try', shared: false, report: false } as const;
  const results = await Promise.allSettled(rest.map((key) => table.request(key, request)));
  let blocking: LockKey | null = null;
  let failure: unknown = null;
  results.forEach((result, index) => {
    if (result.status === 'rejected') failure ??= result.reason;
    else if (result.value !== null) held.push(result.value);
    else blocking ??= rest[index] ?? null;
  });
  if (failure !== null) throw failure;
  return blocking;
}

async function giveBack(held: readonly OwnedLock[]): Promise<void> {
  // A lock that is gone already needs no giving back; the service has reported it.
  await Promise.allSettled(held.map((lock) => lock.release()));
}

function firstOf(keys: readonly LockKey[]): LockKey {
  const [first] = keys;
  if (first === undefined) throw new RangeError('advisoryLockAll needs at least one id');
  return first;
}

/** The single wait had only what was left of the time; the caller knows the whole. */
function withWholeLimit(error: unknown, timeoutMs: number): unknown {
  if (!(error instanceof AdvisoryLockError) || error.code !== 'timeout') return error;
  const message = `not all granted within ${timeoutMs} ms: ${error.message}`;
  return new AdvisoryLockError('timeout', message, { cause: error });
}
