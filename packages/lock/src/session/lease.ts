/**
 * The client's side of the lease. The server ends a session that is silent for `leaseMs`
 * (idle_session_timeout, counted from the end of its last statement). We count from the moment at
 * which we *sent* the last statement that was answered, which is earlier, less a margin: so our
 * deadline passes before the server lets anyone else in, and no clocks need to agree.
 */
import type { Runtime, Timer } from '../runtime.ts';

export interface LeaseOptions {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Time to send something: nothing was answered for `heartbeatMs`. */
  readonly onHeartbeatDue: () => void;
  readonly onExpired: () => void;
}

/** Share of the lease that is given up for late timers and slow answers. */
const MARGIN = 0.1;

export class Lease {
  readonly #runtime: Runtime;
  readonly #options: LeaseOptions;
  readonly #usableMs: number;
  #renewedAt: number;
  #deadlineTimer: Timer;
  readonly #heartbeatTimer: Timer;
  #ended = false;

  constructor(runtime: Runtime, options: LeaseOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#renewedAt = runtime.now();
    this.#usableMs = options.leaseMs * (1 - MARGIN);
    this.#deadlineTimer = this.#armDeadline(this.#usableMs);
    this.#heartbeatTimer = runtime.every(options.heartbeatMs, () => this.#beat());
  }

  /** A statement sent at `sentAt` (performance.now) was answered. */
  renew(sentAt: number): void {
    if (sentAt > this.#renewedAt) this.#renewedAt = sentAt;
  }

  /** Milliseconds for which the server surely keeps the session; zero or less when over. */
  remainingMs(): number {
    return this.#ended ? 0 : this.#renewedAt + this.#usableMs - this.#runtime.now();
  }

  end(): void {
    this.#ended = true;
    this.#deadlineTimer.cancel();
    this.#heartbeatTimer.cancel();
  }

  #beat(): void {
    if (this.#runtime.now() - this.#renewedAt >= this.#options.heartbeatMs / 2)
      this.#options.onHeartbeatDue();
  }

  #armDeadline(inMs: number): Timer {
    return this.#runtime.after(Math.ceil(inMs), () => this.#checkDeadline(true));
  }

  /**
   * After a blocked event loop this timer runs before the answers that wait in the socket are read,
   * so the first look is followed by a second one after they were.
   */
  #checkDeadline(first: boolean): void {
    if (this.#ended) return;
    const remaining = this.remainingMs();
    if (remaining > 0) this.#deadlineTimer = this.#armDeadline(remaining);
    else if (first) this.#runtime.nextTurn(() => this.#checkDeadline(false));
    else this.#options.onExpired();
  }
}
