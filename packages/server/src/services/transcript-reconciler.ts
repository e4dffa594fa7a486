/** Each second: what transcripts tell beside the hooks. */
import type { TranscriptWatcher } from '../features/transcripts/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

const INTERVAL_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;

export function transcriptReconciler(deps: {
  readonly transcripts: TranscriptWatcher;
  readonly clock: Clock;
  readonly logger: Logger;
}): IntervalService {
  return intervalService({
    name: 'transcript-reconciler',
    intervalMs: INTERVAL_MS,
    longestRetryMs: LONGEST_RETRY_MS,
    clock: deps.clock,
    logger: deps.logger,
    tick: () => deps.transcripts.tick(),
  });
}
