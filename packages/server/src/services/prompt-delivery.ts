/** Prompts that wait, and those whose proof has not come. */
import type { PromptDelivery } from '../features/tmux-bridge/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

const LONGEST_RETRY_MS = 5_000;

export function promptDelivery(
  loop: LoopOptions,
  { delivery }: { delivery: PromptDelivery },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'prompt-delivery',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: () => delivery.tick(),
  });
}
