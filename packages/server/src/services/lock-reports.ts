/** Each second: tell the other processes of the locks that this one holds. */
import type { LockReporter } from '../features/monitoring/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

const INTERVAL_MS = 1_000;

export function lockReports(deps: {
  readonly reporter: LockReporter;
  readonly clock: Clock;
  readonly logger: Logger;
}): IntervalService {
  return intervalService({
    name: 'lock-reports',
    intervalMs: INTERVAL_MS,
    clock: deps.clock,
    logger: deps.logger,
    tick: () => deps.reporter.publish(),
  });
}
