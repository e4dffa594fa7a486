/** `GET /api/status`: which server this is. */
import type { FastifyPluginAsync } from 'fastify';

export interface ServerStatus {
  readonly version: string;
  readonly home: string;
  readonly database: {
    readonly kind: 'embedded' | 'external';
    readonly version: string;
    /** Data folder of the embedded database. */
    readonly directory: string | null;
  };
  readonly processId: string;
  readonly hostId: string;
}

/** @param startedAt milliseconds of the monotonic clock */
export function statusRoute(status: ServerStatus, startedAt: number): FastifyPluginAsync {
  return (app) => {
    app.get('/api/status', (_request, reply) => {
      const uptimeSeconds = Math.round((performance.now() - startedAt) / 100) / 10;
      return reply.header('cache-control', 'no-store').send({ ...status, uptimeSeconds });
    });
    return Promise.resolve();
  };
}
