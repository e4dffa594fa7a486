/** Numbers about the background services of this process. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ServiceState } from './metrics.ts';

export function serviceMetrics(
  registry: Registry,
  services: () => readonly ServiceState[],
): () => void {
  const common = { labelNames: ['service'], registers: [registry] };
  const success = new Gauge({
    ...common,
    name: 'headspace_service_last_success_timestamp_seconds',
    help: 'When a background service last did its work.',
  });
  const failures = new Gauge({
    ...common,
    name: 'headspace_service_failures',
    help: 'Rounds of a background service that failed one after the other.',
  });
  const active = new Gauge({
    ...common,
    name: 'headspace_service_active',
    help: '1 where this process does the work, 0 where another one does.',
  });
  const late = new Gauge({
    ...common,
    name: 'headspace_service_late',
    help: '1 where a service has not succeeded for several intervals.',
  });
  const timeouts = new Counter({
    ...common,
    name: 'headspace_service_timeouts_total',
    help: 'Rounds of a background service that were ended because they lasted too long.',
  });
  return () => {
    timeouts.reset();
    for (const service of services()) {
      const labels = { service: service.name };
      failures.set(labels, service.failures);
      active.set(labels, service.role === 'active' ? 1 : 0);
      late.set(labels, service.late ? 1 : 0);
      timeouts.inc(labels, service.timeouts);
      if (service.lastSuccessAt !== null) success.set(labels, service.lastSuccessAt / 1_000);
    }
  };
}
