/**
 * A service that does the same thing again and again: in every process, or in the one that leads.
 *
 *   wait for the lead ─► round ─► rest ─► …      a round that fails: longer rests, up to a limit
 *                          └► lasts too long: its signal fires, and it is given up
 */
import { anySignal } from '../../platform/any-signal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { within } from '../../platform/within.ts';
import type { Leader } from './leader.ts';
import { RunningState } from './running-state.ts';
import type { Service } from './service.ts';

/** How long a loop rests and works; read when they are needed, for they may be live settings. */
export interface LoopTimes {
  /** Rest between the end of one round and the start of the next. */
  readonly intervalMs: number;
  /** A round that lasts longer is ended; none unless set. */
  readonly timeoutMs?: number;
  /** Calls the listener after each change of the interval; returns how to end that. */
  readonly onChange?: (listener: () => void) => () => void;
}

/** What all loops have in common: times from the settings, clock, log, and who runs them. */
export interface LoopOptions {
  readonly times: LoopTimes;
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
  /** Asked after a round: a longer rest than the interval, where rounds cost much. */
  readonly restMs?: () => number;
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
  const { name, clock, logger, times, longestRetryMs, leader } = options;
  const state = new RunningState({
    name,
    clock,
    logger,
    intervalMs: () => times.intervalMs,
    ...(longestRetryMs === undefined ? {} : { longestRetryMs }),
    ...(options.firstDelayMs === undefined ? {} : { firstDelayMs: options.firstDelayMs }),
    ...(leader === undefined ? {} : { isActive: () => leader.leads }),
  });
  const rounds = new Rounds(options, state);
  let running: Promise<void> | undefined;
  /** A rest of the old length ends when the new one is set: it may have been very long. */
  const rest = async (ms: number): Promise<void> => {
    const changed = new AbortController();
    const unlisten = times.onChange?.(() => {
      // It is not late for an interval that has just become shorter.
      state.started();
      changed.abort();
    });
    await state.sleep(ms, changed.signal);
    unlisten?.();
  };
  const loop = async (): Promise<void> => {
    state.started();
    await state.sleep(options.firstDelayMs ?? 0);
    while (state.shouldRun()) {
      const active = leader === undefined || leader.leads;
      if (active || options.standby !== undefined) await rest(await rounds.one(active));
      else await leader.lead(state.signal);
      // Whoever has just come to lead is not late with what others did before.
      if (!active) state.started();
    }
  };
  return {
    name,
    run: () => (running ??= loop()),
    tick: () => options.tick(state.signal),
    async stop() {
      state.stop();
      if (running !== undefined && !(await within(STOP_MS, running))) {
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
    if (work === undefined) return options.times.intervalMs;
    try {
      if (this.givenUp >= MOST_GIVEN_UP) {
        throw new Error(`${String(this.givenUp)} earlier rounds still hang; none is begun`);
      }
      await this.limited(work, active);
      if (active) state.succeeded();
      return Math.max(options.times.intervalMs, options.restMs?.() ?? 0);
    } catch (error) {
      // A round that ended because it was told to has not failed.
      if (!state.shouldRun()) return 0;
      return state.failed(error);
    }
  }

  private async limited(work: IntervalServiceOptions['tick'], active: boolean): Promise<void> {
    const { leader } = this.options;
    const { timeoutMs } = this.options.times;
    const lost = active && leader !== undefined ? await leader.lead(this.state.signal) : null;
    const late = new AbortController();
    const signals = [this.state.signal, late.signal, ...(lost === null ? [] : [lost])];
    const round = work(anySignal(signals));
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
