export { createAdvisoryLocks } from './advisory-locks.ts';
export type {
  AdvisoryLocks,
  AnyKey,
  LockBody,
  Semaphore,
  SkipResult,
  TryOptions,
  WaitOptions,
} from './api.ts';
export { AdvisoryLockError, type AdvisoryLockErrorCode } from './errors.ts';
export type { AdvisoryLockEvent, EmitEvent, RequestFields } from './events.ts';
export { LockNamespace, type LockMode, type PairKey, type WideKey } from './keys.ts';
export type { Histogram, LockHistograms, MeterLike } from './metrics/histograms.ts';
export type { AdvisoryLockRow, LocalHeld, LocalLockState, LocalWaiting } from './monitor.ts';
export { keyPresets } from './names/key-presets.ts';
export { nameKey } from './names/name-key.ts';
export { findNameCollisions, type NameCollision } from './names/name-registry.ts';
export type { AdvisoryLocksOptions } from './options.ts';
export type { HeldLock, LockHandle } from './queue/held-lock.ts';
export { runForLeader, type Leader, type LeaderOptions } from './recipes/leader.ts';
export type {
  LockRequestOptions,
  NamedLock,
  NamedLockCallback,
  NamedLockInfo,
  WebLocks,
} from './recipes/web-locks.ts';
export { fenceGuardSql, guardFence, type Queryable } from './session/fence-guard.ts';
export { fenceSequenceSql } from './session/fence.ts';
export { lockKeyFromString } from './string-key.ts';
