/**
 * A service that does the same thing again and again: in every process, or in the one that leads.
 *
 *   wait for the lead ─► round ─► rest ─► …      a round that fails: longer rests, up to a limit
 *                          └► lasts too long: its signal fires, and it is given up
 */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Leader } from './leader.ts';
import { RunningState } from './running-state.ts';
import type { Service } from './service.ts';

/** What all loops have in common: times from the settings, clock, log, and who runs them. */
export interface LoopOptions {
  /** Rest between the end of one round and the start of the next. */
  readonly intervalMs: number;
  /** A round that lasts longer is ended; none unless set. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Only where this process leads; in every process unless set. */
  readonly leader?: Leader;
}

export interface IntervalServiceOptions extends LoopOptions {
  readonly name: string;
  /** Rest before the first round; none unless set. */
  readonly firstDelayMs?: number;
  readonly longestRetryMs?: number;
  /** What a process on standby does in the place of a round; nothing unless set. */
  readonly standby?: (signal: AbortSignal) => Promise<void>;
  /**
   * One round. The signal fires when the service stops, the lead is lost, or the round lasts too
   * long: end early, leave nothing half done.
   */
  readonly tick: (signal: AbortSignal) => Promise<void>;
}

export interface IntervalService extends Service {
  /** One round now, whatever the interval and whoever leads; for tests. Throws what it throws. */
  tick(): Promise<void>;
}

/** What does not end by then is left behind, so that the process stops within 10 s. */
const STOP_MS = 4_000;
/** Rounds that were given up and have not ended yet: beyond these no new one is begun. */
const MOST_GIVEN_UP = 3;

export function intervalService(options: IntervalServiceOptions): IntervalService {
  const { name, clock, logger, intervalMs, longestRetryMs, leader } = options;
  const state = new RunningState({
    name,
    clock,
    logger,
    intervalMs,
    firstRetryMs: Math.max(intervalMs, 100),
    ...(longestRetryMs === undefined ? {} : { longestRetryMs }),
    ...(options.firstDelayMs === undefined ? {} : { firstDelayMs: options.firstDelayMs }),
    ...(leader === undefined ? {} : { isActive: () => leader.leads }),
  });
  const rounds = new Rounds(options, state);
  let running: Promise<void> | undefined;
  const loop = async (): Promise<void> => {
    state.started();
    await state.sleep(options.firstDelayMs ?? 0);
    while (state.shouldRun()) {
      const active = leader === undefined || leader.leads;
      if (!active) state.started();
      if (active || options.standby !== undefined) await state.sleep(await rounds.one(active));
      else await leader.lead(state.signal);
    }
  };
  return {
    name,
    run: () => (running ??= loop()),
    tick: () => options.tick(state.signal),
    async stop() {
      state.stop();
      if (running !== undefined && !(await endsWithin(STOP_MS, running))) {
        logger.warn({ service: name }, 'service round does not end; it is left behind');
      }
    },
    health: () => state.health(),
  };
}

/** Runs rounds one after the other, and gives up those that hang. */
class Rounds {
  private readonly options: IntervalServiceOptions;
  private readonly state: RunningState;
  private givenUp = 0;

  constructor(options: IntervalServiceOptions, state: RunningState) {
    this.options = options;
    this.state = state;
  }

  /** Returns how long to rest, in ms. */
  async one(active: boolean): Promise<number> {
    const { state, options } = this;
    const work = active ? options.tick : options.standby;
    if (work === undefined) return options.intervalMs;
    try {
      if (this.givenUp >= MOST_GIVEN_UP) {
        throw new Error(`${String(this.givenUp)} earlier rounds still hang; none is begun`);
      }
      await this.limited(work, active);
      if (active) state.succeeded();
      return options.intervalMs;
    } catch (error) {
      // A round that ended because it was told to has not failed.
      if (!state.shouldRun()) return 0;
      return state.failed(error);
    }
  }

  private async limited(work: IntervalServiceOptions['tick'], active: boolean): Promise<void> {
    const { leader, timeoutMs } = this.options;
    const lost = active && leader !== undefined ? await leader.lead(this.state.signal) : null;
    const late = new AbortController();
    const signals = [this.state.signal, late.signal, ...(lost === null ? [] : [lost])];
    const round = work(AbortSignal.any(signals));
    if (timeoutMs === undefined) return round;
    // The real time and not the clock's: this guards against what really hangs.
    const timer = setTimeout(() => {
      late.abort(new Error(`the round lasted longer than ${String(timeoutMs)} ms`));
    }, timeoutMs);
    try {
      await Promise.race([round, rejectsOn(late.signal)]);
      late.signal.throwIfAborted();
    } finally {
      clearTimeout(timer);
      if (late.signal.aborted) this.giveUp(round);
    }
  }

  private giveUp(round: Promise<void>): void {
    this.state.timedOut();
    this.givenUp += 1;
    const ended = (): void => {
      this.givenUp -= 1;
    };
    round.then(ended, ended);
  }
}

function rejectsOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}

async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, ms, false);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
