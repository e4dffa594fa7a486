/** Errors that say who holds a lock, or held it. */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { KeyQueue } from './key-queue.ts';

/** For a holder whose session is gone. */
export function lostError(key: LockKey, why: string, cause?: unknown): AdvisoryLockError {
  return new AdvisoryLockError('lost', `lock ${describeKey(key)} was lost: ${why}`, { cause });
}

/** A time limit that names who had the lock is easier to act on. */
export function withHolder(queue: KeyQueue, error: AdvisoryLockError): AdvisoryLockError {
  if (error.code !== 'timeout') return error;
  return new AdvisoryLockError('timeout', `${error.message}; ${describeHolder(queue)}`);
}

function describeHolder({ holder, phase }: KeyQueue): string {
  if (holder === null)
    return phase === 'remote' ? 'held by another session' : 'the server has not answered yet';
  const purpose = holder.purpose === null ? '' : ` (${holder.purpose})`;
  return `held in this process for ${Math.round(holder.heldMs)} ms${purpose}`;
}
