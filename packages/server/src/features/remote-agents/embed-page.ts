/**
 * `/embed/:id`: a page with one agent's conversation, for a frame in somebody else's web site. It
 * holds no data and no secret: its script takes the token from behind the `#`, where no server, log
 * or Referer header sees it, and asks for the rest with it.
 */
import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import type { RemoteAgentsContext } from './context.ts';
import { findRemote } from './queries.ts';

interface Params {
  Params: { id: string };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TYPES = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
} as const;

const fileOf = (name: string): string =>
  readFileSync(new URL(`./embed/${name}`, import.meta.url), 'utf8');

export function embedRoutes({ pool }: Pick<RemoteAgentsContext, 'pool'>): FastifyPluginAsync {
  const page = fileOf('page.html');
  return async (app) => {
    app.get<Params>('/embed/:id', async ({ params: { id } }, reply) => {
      // An agent that is not there gets the same page, which nobody may frame.
      const origins = UUID.test(id) ? (await findRemote(pool, id))?.embedOrigins : undefined;
      return reply
        .headers(pageHeaders(origins ?? []))
        .type('text/html; charset=utf-8')
        .send(page);
    });
    for (const [name, type] of Object.entries(TYPES)) {
      const content = fileOf(name);
      app.get(`/embed/assets/${name}`, async (_request, reply) =>
        reply.header('cache-control', 'no-cache').type(type).send(content),
      );
    }
  };
}

/** The origins were checked when the key was made: they hold no character that ends a directive. */
function pageHeaders(origins: readonly string[]): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      `frame-ancestors ${origins.length === 0 ? "'none'" : origins.join(' ')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    'cache-control': 'no-store',
    // A site that isolates itself may still frame what its CSP allows.
    'cross-origin-resource-policy': origins.length === 0 ? 'same-origin' : 'cross-origin',
  };
}
