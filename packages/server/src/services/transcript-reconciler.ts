/** What transcripts tell beside the hooks. */
import type { TranscriptWatcher } from '../features/transcripts/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function transcriptReconciler(
  loop: LoopOptions,
  { transcripts }: { transcripts: TranscriptWatcher },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'transcript-reconciler',
    longestRetryMs: 5_000,
    tick: (signal) => transcripts.tick(true, signal),
  });
}
