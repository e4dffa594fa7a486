/** Turns what happens to requests and locks into events. */
import type { AdvisoryLockError } from '../errors.ts';
import { keyFields, type EmitEvent } from '../events.ts';
import type { LockKey } from '../keys.ts';
import type { OwnedLock } from './held-lock.ts';
import type { LockRequest } from './request.ts';

export class Reports {
  readonly #emit: EmitEvent;

  constructor(emit: EmitEvent) {
    this.#emit = emit;
  }

  acquired(lock: OwnedLock, handedOver: boolean): void {
    const { lockKey, purpose, shared, waitMs, token } = lock;
    const { namespace, id, wide } = lockKey;
    // Written out, as the one below: they come with every lock, and a spread costs.
    this.#emit({
      type: 'acquired',
      namespace,
      id,
      key: wide,
      purpose,
      shared,
      waitMs,
      token,
      handedOver,
    });
  }

  released(lock: OwnedLock, holdMs: number): void {
    const { lockKey, purpose, shared, waitMs } = lock;
    const { namespace, id, wide } = lockKey;
    this.#emit({ type: 'released', namespace, id, key: wide, purpose, shared, waitMs, holdMs });
  }

  releaseFailed(lock: OwnedLock, holdMs: number, error: Error): void {
    this.#emit({ type: 'release_failed', ...lockFields(lock), holdMs, error });
  }

  lost(lock: OwnedLock, error: Error): void {
    this.#emit({ type: 'lost', ...lockFields(lock), holdMs: lock.heldMs, error });
  }

  busy(request: LockRequest): void {
    if (request.options.report)
      this.#emit({ type: 'skipped', ...requestFields(request), reason: 'busy' });
  }

  reentrantSkip(key: LockKey, purpose: string | null, shared: boolean): void {
    const fields = { ...keyFields(key), purpose, shared, waitMs: 0 };
    this.#emit({ type: 'skipped', ...fields, reason: 'reentrant' });
  }

  failed(request: LockRequest, error: AdvisoryLockError): void {
    if (!request.options.report) return;
    const { code } = error;
    const fields = requestFields(request);
    if (code === 'timeout' || code === 'aborted') this.#emit({ type: code, ...fields });
    else this.#emit({ type: 'failed', ...fields, code, error });
  }
}

function lockFields(lock: OwnedLock) {
  return {
    ...keyFields(lock.lockKey),
    purpose: lock.purpose,
    shared: lock.shared,
    waitMs: lock.waitMs,
  };
}

function requestFields(request: LockRequest) {
  const { key, waitMs, options } = request;
  return { ...keyFields(key), purpose: options.purpose, shared: options.shared, waitMs };
}
