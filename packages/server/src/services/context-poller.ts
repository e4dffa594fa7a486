/** What status lines told of context use, put into agents. */
import type { ContextPoller } from '../features/context/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

const LONGEST_RETRY_MS = 5_000;

export function contextPoller(
  loop: LoopOptions,
  {
    contextPoller: poller,
    onPolled,
  }: {
    contextPoller: ContextPoller;
    /** After each look. */
    onPolled: (signal: AbortSignal) => Promise<unknown>;
  },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'context-poller',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: async (signal) => {
      await poller.tick(signal);
      await onPolled(signal);
    },
  });
}
