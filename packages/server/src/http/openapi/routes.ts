/** `GET /api/openapi.json`, and `/docs`: the same to read and try out. For the operator. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsync } from 'fastify';
import { openApiDocument } from './document.ts';

export function openApiRoutes(version: string): FastifyPluginAsync {
  return async (app) => {
    const document = openApiDocument(version);
    app.get('/api/openapi.json', () => document);
    // Its types know OpenAPI 3.0, and its pages 3.1.
    const specification = { document } as unknown as StaticDocumentSpec;
    await app.register(swagger, { mode: 'static', specification });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { docExpansion: 'list', layout: 'BaseLayout' },
    });
  };
}
