/** How background work runs. */
export { intervalService, type IntervalService, type LoopOptions } from './interval-service.ts';
export { Leader } from './leader.ts';
export { RunningState } from './running-state.ts';
export type { Service, ServiceHealth } from './service.ts';
