/** What status lines told of context use, put into agents. One process at a time does it. */
import { type AdvisoryLocks, lockKeyFromString, LockNamespace } from '@headspace/lock';
import type { ContextPoller } from '../features/context/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

const NAME = 'context-poller';
const LONGEST_RETRY_MS = 5_000;

export function contextPoller(deps: {
  readonly poller: ContextPoller;
  readonly locks: AdvisoryLocks;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}): IntervalService {
  return intervalService({
    name: NAME,
    intervalMs: deps.intervalMs,
    longestRetryMs: LONGEST_RETRY_MS,
    clock: deps.clock,
    logger: deps.logger,
    tick: async (signal) => {
      await deps.locks.advisoryLockOrSkip(
        LockNamespace.SERVICE,
        lockKeyFromString(NAME),
        { purpose: NAME, signal },
        () => deps.poller.tick(signal),
      );
    },
  });
}
