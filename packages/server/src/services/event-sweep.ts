/**
 * Announces what crashed processes left, and looks for missed notifications: in every process, for
 * the readers that are connected to it.
 */
import type { Events } from '../features/events/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function eventSweep(loop: LoopOptions, { events }: { events: Events }): IntervalService {
  return intervalService({
    ...loop,
    name: 'event-sweep',
    longestRetryMs: 5_000,
    tick: () => events.tick(),
  });
}
