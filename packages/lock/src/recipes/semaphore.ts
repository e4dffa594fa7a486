/**
 * A lock that N holders may have at one time, over all processes. Each slot is a lock of its own;
 * a free one is found and taken in one round trip. All slots share one interest key, so whoever
 * waits is woken by the release of any of them.
 */
import { wideKey, withInterestOf, type LockKey } from '../keys.ts';
import { nameKey } from '../names/name-key.ts';

/** More would make the search for a free slot slow. */
const MOST_SLOTS = 1_024;

export interface SemaphoreKeys {
  /** Collective name of the slots in this process; locked by nobody. */
  readonly key: LockKey;
  readonly slots: readonly LockKey[];
}

/**
 * Keys of a semaphore. Processes that name the same semaphore must give the same number of slots.
 * Throws RangeError.
 */
export function semaphoreKeys(name: string, slots: number): SemaphoreKeys {
  if (!Number.isInteger(slots) || slots < 1 || slots > MOST_SLOTS)
    throw new RangeError(`slots must be a whole number from 1 to ${MOST_SLOTS}, got ${slots}`);
  const whole = wideKey(nameKey(`semaphore:${name}`).key);
  return {
    key: { ...whole, lockId: `${whole.lockId}:semaphore:${slots}` },
    slots: Array.from({ length: slots }, (_, slot) =>
      withInterestOf(wideKey(nameKey(`semaphore:${name}:${slot}`).key), whole),
    ),
  };
}
