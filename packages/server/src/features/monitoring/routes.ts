/**
 * Routes of people and programs that watch the server.
 *
 * `/metrics` asks for the operator token, which Prometheus can send (`authorization:` in a scrape
 * configuration): purposes and counts say much about what somebody is doing. Health has no secret
 * and no token, since probes have none.
 */
import type { FastifyPluginAsync } from 'fastify';
import { listLocks, type LockListDeps } from './list-locks.ts';
import type { Metrics, ServiceState } from './metrics.ts';
import { checkReadiness } from './readiness.ts';

export interface HealthDeps {
  readonly pool: LockListDeps['pool'];
  /** Name of the newest migration that this code needs. */
  readonly lastMigration: string;
  readonly stopping: AbortSignal;
  readonly services: () => readonly ServiceState[];
}

/** `GET /health/live` and `/health/ready`; open to everybody. */
export function healthRoutes(deps: HealthDeps): FastifyPluginAsync {
  return (app) => {
    // That it answers at all is the message: the event loop turns.
    app.get('/health/live', (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ status: 'ok' }),
    );
    app.get('/health/ready', async (_request, reply) => {
      const { ready, missing } = await checkReadiness(deps.pool, deps.lastMigration, deps.stopping);
      const services = deps.services().map((service) => ({
        ...service,
        lastSuccessAt:
          service.lastSuccessAt === null ? null : new Date(service.lastSuccessAt).toISOString(),
      }));
      // A loop that hangs is no reason to take hooks from this process: it is told, not refused.
      const late = services.filter((service) => service.late).map(({ name }) => name);
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: ready ? 'ready' : 'not_ready', missing, late, services });
    });
    return Promise.resolve();
  };
}

/** `GET /metrics` and `GET /api/advisory-locks`; for the operator. */
export function monitoringRoutes(deps: LockListDeps & { metrics: Metrics }): FastifyPluginAsync {
  return (app) => {
    app.get('/metrics', async (_request, reply) => {
      const text = await deps.metrics.scrape();
      return reply.header('cache-control', 'no-store').type(deps.metrics.contentType).send(text);
    });
    app.get('/api/advisory-locks', async (_request, reply) => {
      const locks = await listLocks(deps);
      return reply.header('cache-control', 'no-store').send({ locks, count: locks.length });
    });
    return Promise.resolve();
  };
}
