/** Summaries that wait for a time, for a budget, or for a worker that died. */
import type { SummaryWorker } from '../features/summaries/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

const LONGEST_RETRY_MS = 5_000;

export function summaryWorker(
  loop: LoopOptions,
  { worker }: { worker: SummaryWorker },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'summary-worker',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: () => worker.tick(),
  });
}
