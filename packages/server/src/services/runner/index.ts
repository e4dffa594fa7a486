/** How background work runs. */
export {
  intervalService,
  type IntervalService,
  type LoopOptions,
  type LoopTimes,
} from './interval-service.ts';
export { Leader } from './leader.ts';
export { RunningState } from './running-state.ts';
export type { Service, ServiceHealth } from './service.ts';
