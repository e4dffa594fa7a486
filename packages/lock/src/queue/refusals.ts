/** The errors that callers of the queue get, worded so that a person can act on them. */
import { AdvisoryLockError, messageOf } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import { holdersOf, type KeyQueue } from './key-queue.ts';

export function abortedError(key: LockKey, signal: AbortSignal | null): AdvisoryLockError {
  const cause: unknown = signal?.reason;
  return new AdvisoryLockError(
    'aborted',
    `lock ${describeKey(key)}: the caller gave up (${messageOf(cause)})`,
    { cause },
  );
}

export function lostError(key: LockKey, why: string, cause?: unknown): AdvisoryLockError {
  return new AdvisoryLockError('lost', `lock ${describeKey(key)} was lost: ${why}`, { cause });
}

export function fullError(key: LockKey, what: string): AdvisoryLockError {
  return new AdvisoryLockError('pool_exhausted', `lock ${describeKey(key)}: ${what}`);
}

/** A session that holds a key, as the server knows it. */
export interface RemoteHolder {
  readonly pid: number;
  readonly applicationName: string | null;
}

/** A time limit that names who had the lock is easier to act on. */
export function timeoutNaming(error: AdvisoryLockError, who: string): AdvisoryLockError {
  return new AdvisoryLockError('timeout', `${error.message}; ${who}`);
}

/** Who of this process keeps the key, in words. */
export function describeLocalHolders(queue: KeyQueue): string {
  const holders = holdersOf(queue).slice(0, 3);
  if (holders.length === 0) return 'the server has not answered yet';
  const each = holders.map(({ heldMs, purpose }) => {
    const why = purpose === null ? '' : ` (${purpose})`;
    return `for ${Math.round(heldMs)} ms${why}`;
  });
  return `held in this process ${each.join(', ')}`;
}

export function describeRemoteHolders(holders: readonly RemoteHolder[]): string {
  if (holders.length === 0) return 'held by another session a moment ago';
  const names = holders.map(({ pid, applicationName }) => {
    const name = applicationName === null || applicationName === '' ? '' : ` (${applicationName})`;
    return `backend ${pid}${name}`;
  });
  return `held by ${names.join(', ')}`;
}
