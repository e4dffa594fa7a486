/** `POST /hook/<event>` for every event, `GET /hook/status`, and the inbox for people. */
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { listHookEvents } from './event-queries.ts';
import type { Hooks } from './hooks.ts';
import { hookStatus } from './status.ts';

export interface HookRoutesOptions {
  hooks: Hooks;
  pool: Pool;
  maxBodyBytes: number;
  now: () => number;
}

const EventsQuery = z.object({
  sessionId: z.string().optional(),
  agentId: z.coerce.number().int().optional(),
  status: z.enum(['pending', 'applied', 'recorded', 'parked']).optional(),
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export function hookRoutes(options: HookRoutesOptions): FastifyPluginAsync {
  const { hooks, pool, maxBodyBytes, now } = options;
  return async (app) => {
    await app.register(async (intake) => {
      // The body is kept as it came, byte for byte; the inbox parses it itself.
      intake.removeAllContentTypeParsers();
      intake.addContentTypeParser(
        'application/json',
        { parseAs: 'string', bodyLimit: maxBodyBytes },
        (_request, body, done) => done(null, body),
      );
      intake.post<{ Params: { slug: string } }>(
        '/hook/:slug',
        { bodyLimit: maxBodyBytes },
        async (request, reply) => {
          if (typeof request.body !== 'string') throw new HeadspaceError('unsupported_media_type');
          const answer = await hooks.receive({
            slug: request.params.slug,
            headers: request.headers,
            body: request.body,
          });
          // An empty object would leave an entry in the user's transcript; no body leaves none.
          return answer === null ? reply.code(204).send() : answer;
        },
      );
    });

    app.get('/hook/status', () => hookStatus(pool, now()));

    app.get('/api/hook-events', async (request) => {
      const query = EventsQuery.safeParse(request.query);
      if (!query.success) throw invalidQuery(query.error);
      const { limit, ...filter } = query.data;
      const given = Object.fromEntries(
        Object.entries(filter).filter(([, value]) => value !== undefined),
      );
      return { events: await listHookEvents(pool, { ...given, limit }) };
    });

    app.post<{ Params: { id: string } }>('/api/hook-events/:id/rerun', async (request, reply) => {
      const id = Number(request.params.id);
      if (!Number.isSafeInteger(id) || !(await hooks.rerun(id))) {
        throw new HeadspaceError('not_found', 'There is no parked event with this id.');
      }
      return reply.code(202).send({ id, status: 'pending' });
    });
  };
}

function invalidQuery(error: z.ZodError): HeadspaceError {
  return new HeadspaceError('invalid_payload', 'A query parameter is not as expected.', {
    errors: error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  });
}
