/** Each second: announce what crashed processes left, and look for missed notifications. */
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Events } from '../features/events/index.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

const INTERVAL_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;

export function eventSweep(deps: {
  readonly events: Events;
  readonly clock: Clock;
  readonly logger: Logger;
}): IntervalService {
  return intervalService({
    name: 'event-sweep',
    intervalMs: INTERVAL_MS,
    longestRetryMs: LONGEST_RETRY_MS,
    clock: deps.clock,
    logger: deps.logger,
    tick: () => deps.events.tick(),
  });
}
