/** Prompts that wait, and those whose proof has not come. */
import type { PromptDelivery } from '../features/tmux-bridge/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

const LONGEST_RETRY_MS = 5_000;

export function promptDelivery(deps: {
  readonly delivery: PromptDelivery;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}): IntervalService {
  return intervalService({
    name: 'prompt-delivery',
    intervalMs: deps.intervalMs,
    longestRetryMs: LONGEST_RETRY_MS,
    clock: deps.clock,
    logger: deps.logger,
    tick: () => deps.delivery.tick(),
  });
}
