/** A service that does the same thing again and again. */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { RunningState } from './running-state.ts';
import type { Service } from './service.ts';

export interface IntervalServiceOptions {
  readonly name: string;
  /** Rest between the end of one round and the start of the next. */
  readonly intervalMs: number;
  /** Rest before the first round; none unless set. */
  readonly firstDelayMs?: number;
  readonly longestRetryMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One round. The signal fires when the service stops: end early, leave nothing half done. */
  readonly tick: (signal: AbortSignal) => Promise<void>;
}

export interface IntervalService extends Service {
  /** One round now, whatever the interval; for tests. Throws what the round throws. */
  tick(): Promise<void>;
}

export function intervalService(options: IntervalServiceOptions): IntervalService {
  const { name, clock, logger, intervalMs, longestRetryMs } = options;
  const state = new RunningState({
    name,
    clock,
    logger,
    firstRetryMs: Math.max(intervalMs, 100),
    ...(longestRetryMs === undefined ? {} : { longestRetryMs }),
  });
  let running: Promise<void> | undefined;
  const loop = async (): Promise<void> => {
    await state.sleep(options.firstDelayMs ?? 0);
    while (state.shouldRun()) {
      let restMs = intervalMs;
      try {
        await options.tick(state.signal);
        state.succeeded();
      } catch (error) {
        restMs = state.failed(error);
      }
      await state.sleep(restMs);
    }
  };
  return {
    name,
    run: () => (running ??= loop()),
    tick: () => options.tick(state.signal),
    async stop() {
      state.stop();
      await running;
    },
    health: () => state.health(),
  };
}
