/**
 * That a worker is there: an advisory lock on its id, held as long as its process lives. Jobs of a
 * worker whose lock is free can be given to others at once, where graphile-worker by itself waits
 * four hours.
 */
import type { AdvisoryLocks, LockHandle, WideKey } from '@headspace/lock';
import { serviceKey } from '../service-key.ts';

/** A rescuer may hold it for the moment of its look. */
const TIMEOUT_MS = 5_000;

/** Key of a worker's presence. */
export const presenceKey = (workerId: string): WideKey => serviceKey(`worker ${workerId}`);

export class Presence implements AsyncDisposable {
  private readonly locks: AdvisoryLocks;
  private readonly workerId: string;
  private lock: LockHandle | null = null;
  private taking: Promise<void> | null = null;

  constructor(locks: AdvisoryLocks, workerId: string) {
    this.locks = locks;
    this.workerId = workerId;
  }

  /** Fires when this presence was lost: others may have begun the worker's jobs anew. */
  get lost(): AbortSignal | null {
    return this.lock?.signal ?? null;
  }

  /** Resolves once the lock is surely held; takes it again where it was lost. */
  async ensure(): Promise<void> {
    if (this.lock !== null && this.lock.remainingMs() > 0) return;
    this.taking ??= this.take().finally(() => {
      this.taking = null;
    });
    await this.taking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lock?.release().catch(() => undefined);
    this.lock = null;
  }

  private async take(): Promise<void> {
    await this.lock?.release().catch(() => undefined);
    this.lock = null;
    const options = { purpose: 'job worker', timeoutMs: TIMEOUT_MS };
    this.lock = await this.locks.acquire(presenceKey(this.workerId), options);
  }
}
