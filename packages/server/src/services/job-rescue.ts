/** Gives the jobs of workers that are no longer there to others. */
import { freeAbsentWorkers, type RescueOptions } from '../platform/jobs/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function jobRescue(loop: LoopOptions, options: RescueOptions): IntervalService {
  return intervalService({
    ...loop,
    name: 'job-rescue',
    longestRetryMs: 5_000,
    tick: async (signal) => {
      const workers = await freeAbsentWorkers(options, signal);
      if (workers.length > 0) loop.logger.warn({ workers }, 'jobs of dead workers run again');
    },
  });
}
