/** `POST /api/agents/:id/dismiss` and its undo, `POST /api/agents/:id/restore`. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { dismiss, type DismissOptions, type DismissRequest, restore } from './dismiss.ts';

export type DismissalRoutesOptions = DismissOptions;

type AgentRequest = FastifyRequest<{ Params: { id: string } }>;

export function dismissalRoutes(options: DismissalRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.post('/api/agents/:id/dismiss', (request: AgentRequest) =>
      dismiss(options, readRequest(request)),
    );
    app.post('/api/agents/:id/restore', (request: AgentRequest) =>
      restore(options, readRequest(request)),
    );
  };
}

const KEY = /^[\u0021-\u007e]{1,200}$/;

function readRequest({ params, headers }: AgentRequest): DismissRequest {
  const id = Number(params.id);
  if (!/^\d+$/.test(params.id) || id < 1 || id > 2_147_483_647) {
    throw new HeadspaceError('not_found', `There is no agent ${params.id}.`);
  }
  const key = headers['idempotency-key'];
  if (key !== undefined && (Array.isArray(key) || !KEY.test(key))) {
    const errors = [{ path: 'Idempotency-Key', message: 'has 1 to 200 visible ASCII characters' }];
    throw new HeadspaceError('invalid_payload', 'The header Idempotency-Key is wrong.', { errors });
  }
  return { id, key: key ?? null };
}
