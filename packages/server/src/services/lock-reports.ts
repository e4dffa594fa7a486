/** Tells the other processes of the locks that this one holds. */
import type { LockReporter } from '../features/monitoring/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function lockReports(
  loop: LoopOptions,
  { reporter }: { reporter: LockReporter },
): IntervalService {
  return intervalService({ ...loop, name: 'lock-reports', tick: () => reporter.publish() });
}
