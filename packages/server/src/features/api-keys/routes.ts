/** `/api/keys`: for the operator. */
import { type ApiKeyView, NewApiKeyRequest } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { ApiKeysContext } from './context.ts';
import { createKey } from './create-key.ts';
import { findListedKey, type ListedKey, listKeys, revokeKey } from './queries.ts';
import { isUsable } from './use-key.ts';

interface Params {
  Params: { id: string };
}

const LIST_LIMIT = 500;

export function apiKeyRoutes(context: ApiKeysContext): FastifyPluginAsync {
  const { pool, now } = context;
  const viewOf = async (id: number): Promise<ApiKeyView> => {
    const key = await findListedKey(pool, id);
    if (key === undefined) throw noSuchKey(id);
    return keyView(key, now());
  };
  return async (app) => {
    app.post('/api/keys', async (request, reply) => {
      const { id, key } = await createKey(context, NewApiKeyRequest.parse(request.body));
      const view = { ...(await viewOf(id)), key };
      return reply.code(201).header('cache-control', 'no-store').send(view);
    });

    app.get('/api/keys', async () => ({
      keys: (await listKeys(pool, LIST_LIMIT)).map((key) => keyView(key, now())),
    }));

    app.post<Params>('/api/keys/:id/revoke', async ({ params }) => {
      const id = keyIdOf(params.id);
      if (!(await revokeKey(pool, id, new Date(now())))) throw noSuchKey(id);
      return viewOf(id);
    });
  };
}

function keyView({ digest: _digest, ...key }: ListedKey, now: number): ApiKeyView {
  const left = isUsable({ ...key, revokedAt: null }, now) ? 'active' : 'expired';
  return {
    ...key,
    state: key.revokedAt === null ? left : 'revoked',
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}

function keyIdOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw noSuchKey(text);
  return Number(text);
}

const noSuchKey = (id: number | string): HeadspaceError =>
  new HeadspaceError('not_found', `There is no key ${id}.`);
