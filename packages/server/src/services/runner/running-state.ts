/**
 * Whether a service should go on, and how soon. The abort controller is the only truth: every
 * sleep goes through here, so stopping ends them all.
 */
import { anySignal } from '../../platform/any-signal.ts';
import { isTransient } from '../../platform/database/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { ServiceHealth } from './service.ts';

export interface RunningStateOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Wait after the first failure, which doubles with each further one; the interval unless set. */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
  /** Time between rounds, and before the first: it is late after several without a success. */
  readonly intervalMs: () => number;
  readonly firstDelayMs?: number;
  /** Whether this process does the work now; always unless set. */
  readonly isActive?: () => boolean;
}

const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** Intervals without a success after which a service is late. */
const LATE_INTERVALS = 5;
/** Shorter is no news: a busy machine, a restart of the database. */
const LEAST_LATE_MS = 10_000;

export class RunningState {
  readonly #options: RunningStateOptions;
  readonly #controller = new AbortController();
  #failures = 0;
  #lastSuccessAt: number | null = null;
  #startedAt: number | null = null;
  #timeouts = 0;

  constructor(options: RunningStateOptions) {
    this.#options = options;
  }

  /** Fires at `stop`. Hand it to everything that waits. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ask before each round. */
  shouldRun(): boolean {
    return !this.signal.aborted;
  }

  /** Waits; returns at once when stopped, or when `end` fires. */
  async sleep(ms: number, end?: AbortSignal): Promise<void> {
    const signal = end === undefined ? this.signal : anySignal([this.signal, end]);
    await this.#options.clock.sleep(ms, signal);
  }

  /** Call it when the work begins to be this process's. */
  started(): void {
    this.#startedAt = this.#options.clock.now();
  }

  /** Call it when a round was ended because it lasted too long. */
  timedOut(): void {
    this.#timeouts += 1;
  }

  /** Call it after a round that did its work. */
  succeeded(): void {
    const { clock, logger, name } = this.#options;
    if (this.#failures > 0) logger.info({ service: name }, 'service works again');
    this.#failures = 0;
    this.#lastSuccessAt = clock.now();
  }

  /** Call it with what a round threw; returns how long to wait before the next, in ms. */
  failed(error: unknown): number {
    const { logger, name, intervalMs } = this.#options;
    const first = this.#options.firstRetryMs ?? Math.max(intervalMs(), SHORTEST_RETRY_MS);
    const longest = this.#options.longestRetryMs ?? LONGEST_RETRY_MS;
    const retryMs = Math.min(first * 2 ** this.#failures, longest);
    this.#failures += 1;
    // The first failure is news, a database that stays away is not; a mistake of ours always is.
    const level = !isTransient(error) ? 'error' : this.#failures === 1 ? 'warn' : 'debug';
    logger[level]({ err: error, service: name, retryMs }, 'service round failed');
    return retryMs;
  }

  stop(): void {
    this.#controller.abort();
  }

  health(): ServiceHealth {
    const active = this.#options.isActive?.() ?? true;
    return {
      name: this.#options.name,
      role: active ? 'active' : 'standby',
      lastSuccessAt: this.#lastSuccessAt,
      failures: this.#failures,
      timeouts: this.#timeouts,
      late: active && this.#isLate(),
    };
  }

  #isLate(): boolean {
    const { intervalMs, firstDelayMs = 0, clock } = this.#options;
    if (this.#startedAt === null || this.signal.aborted) return false;
    const since = Math.max(this.#lastSuccessAt ?? 0, this.#startedAt + firstDelayMs);
    return clock.now() - since > Math.max(LATE_INTERVALS * intervalMs(), LEAST_LATE_MS);
  }
}
