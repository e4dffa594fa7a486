export {
  createAdvisoryLocks,
  type AdvisoryLocks,
  type LockBody,
  type SkipResult,
  type TryOptions,
  type WaitOptions,
} from './advisory-locks.ts';
export { AdvisoryLockError, type AdvisoryLockErrorCode } from './errors.ts';
export type { AdvisoryLockEvent } from './events.ts';
export { LockNamespace, type WideKey } from './keys.ts';
export type { AdvisoryLockRow, LocalHeld, LocalLockState, LocalWaiting } from './monitor.ts';
export type { AdvisoryLocksOptions } from './options.ts';
export type { HeldLock, LockHandle } from './queue/held-lock.ts';
export { fenceSequenceSql } from './session/fence.ts';
export { lockKeyFromString } from './string-key.ts';
