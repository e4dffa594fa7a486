/** How background work runs. */
export { intervalService, type IntervalService } from './interval-service.ts';
export type { Service, ServiceHealth } from './service.ts';
