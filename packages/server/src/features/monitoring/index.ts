/** Locks, health and metrics. */
export { LockReporter } from './lock-reports.ts';
export { createMetrics, type Metrics, type MetricsSources } from './metrics.ts';
export { healthRoutes, monitoringRoutes } from './routes.ts';
