/** How background work runs. */
export { intervalService, type IntervalService } from './interval-service.ts';
export { RunningState } from './running-state.ts';
export type { Service, ServiceHealth } from './service.ts';
