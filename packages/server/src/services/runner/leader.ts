/**
 * One process of several: the holder of an advisory lock for as long as it lives. The others wait
 * for the lock without a connection and without polling, and have it within milliseconds of the
 * holder's end, or after the lease of a holder that hangs.
 */
import type { AdvisoryLocks, LockHandle } from '@headspace/lock';
import { anySignal } from '../../platform/any-signal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { serviceKey } from '../../platform/service-key.ts';

export interface LeaderOptions {
  readonly locks: AdvisoryLocks;
  /** What is led: equal names exclude each other. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RECHECK_MS = 50;
/** Pause after an attempt that failed, mostly because the database is away. */
const RETRY_MS = 500;

export class Leader {
  private readonly options: LeaderOptions;
  private readonly stopping = new AbortController();
  private lock: LockHandle | null = null;
  private gained = Promise.withResolvers<void>();
  private running: Promise<void> | null = null;

  constructor(options: LeaderOptions) {
    this.options = options;
  }

  /** Whether this process leads now. Compares the clock, so it is right after a pause too. */
  get leads(): boolean {
    return this.lock !== null && this.lock.remainingMs() > 0;
  }

  /** Begins to wait for its turn. Calls after the first do nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /**
   * Resolves, as soon as this process leads, with a signal that fires when it no longer does; with
   * null where `signal` fires first.
   */
  async lead(signal: AbortSignal): Promise<AbortSignal | null> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        if (this.lock !== null && this.leads) return this.lock.signal;
        // After a pause of the process the lease is over by the clock, before the loss is told.
        if (this.lock !== null) await this.options.clock.sleep(RECHECK_MS, signal);
        else await Promise.race([this.gained.promise, aborted.promise]);
      }
      return null;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Gives the lead to others. End what is led first. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.turn(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.options.logger.debug({ err: error, lead: this.options.name }, 'no lead for now');
        await this.options.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** From the wait for the lock to its end. */
  private async turn(stopping: AbortSignal): Promise<void> {
    const { locks, name } = this.options;
    const lock = await locks.acquire(serviceKey(name), {
      purpose: name,
      timeoutMs: Infinity,
      signal: stopping,
    });
    this.lock = lock;
    this.gained.resolve();
    try {
      await firstAbort(stopping, lock.signal);
    } finally {
      this.gained = Promise.withResolvers<void>();
      this.lock = null;
      await lock.release().catch(() => undefined);
    }
  }
}

function firstAbort(...signals: AbortSignal[]): Promise<void> {
  const any = anySignal(signals);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    else any.addEventListener('abort', () => resolve(), { once: true });
  });
}
