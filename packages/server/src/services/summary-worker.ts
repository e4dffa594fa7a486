/** Summaries that sections have asked for, and those that wait for a time, for a budget, or for a worker that died. */
import type { SummaryWorker } from '../features/summaries/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

const LONGEST_RETRY_MS = 5_000;

interface SummaryWork {
  readonly worker: SummaryWorker;
  readonly takeRequests: (signal: AbortSignal) => Promise<void>;
}

export function summaryWorker(
  loop: LoopOptions,
  { worker, takeRequests }: SummaryWork,
): IntervalService {
  return intervalService({
    ...loop,
    name: 'summary-worker',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: async (signal) => {
      await takeRequests(signal);
      await worker.tick();
    },
  });
}
