/** The errors that callers of the queue get, worded so that a person can act on them. */
import { AdvisoryLockError, messageOf } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { KeyQueue } from './key-queue.ts';

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

/** A time limit that names who had the lock is easier to act on. Other errors pass unchanged. */
export function timeoutNamingHolder(queue: KeyQueue, error: AdvisoryLockError): AdvisoryLockError {
  if (error.code !== 'timeout') return error;
  return new AdvisoryLockError('timeout', `${error.message}; ${describeHolder(queue)}`);
}

function describeHolder({ holder, phase }: KeyQueue): string {
  if (holder === null)
    return phase === 'remote' ? 'held by another session' : 'the server has not answered yet';
  const purpose = holder.purpose === null ? '' : ` (${holder.purpose})`;
  return `held in this process for ${Math.round(holder.heldMs)} ms${purpose}`;
}
