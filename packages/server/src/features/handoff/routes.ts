/** `/api/agents/:id/handoffs` and `/api/handoffs`: agents that are followed by new ones. */
import { NewHandoffRequest } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { idempotencyKey } from '../prompts/index.ts';
import { abandonHandoff, noSuchHandoff, resumeHandoff } from './change-handoff.ts';
import type { HandoffContext } from './context.ts';
import { findHandoff, listHandoffs } from './queries.ts';
import { requestHandoff } from './request-handoff.ts';
import { handoffView } from './view.ts';

interface Params {
  Params: { id: string };
}

const LIST_LIMIT = 200;

export function handoffRoutes(context: HandoffContext): FastifyPluginAsync {
  return async (app) => {
    app.post<Params>('/api/agents/:id/handoffs', async (request, reply) => {
      const agentId = agentIdOf(request.params.id);
      const { key, reason, note } = NewHandoffRequest.parse(request.body ?? {});
      const { handoff, created } = await requestHandoff(context, agentId, {
        trigger: 'person',
        reason: reason ?? null,
        note: note ?? null,
        key: idempotencyKey(request, key),
      });
      return reply.code(created ? 202 : 200).send(handoffView(handoff));
    });

    app.get<{ Querystring: Record<string, unknown> }>('/api/handoffs', async ({ query }) => {
      const { agent } = query;
      const agentId = agent === undefined ? null : agentIdOf(String(agent));
      const rows = await listHandoffs(context.pool, agentId, LIST_LIMIT);
      return { handoffs: rows.map(handoffView) };
    });

    app.get<Params>('/api/handoffs/:id', async (request) => {
      const id = handoffIdOf(request.params.id);
      const handoff = await findHandoff(context.pool, id);
      if (handoff === undefined) throw noSuchHandoff(id);
      return handoffView(handoff);
    });

    app.post<Params>('/api/handoffs/:id/resume', async (request, reply) => {
      const handoff = await resumeHandoff(context, handoffIdOf(request.params.id));
      return reply.code(202).send(handoffView(handoff));
    });

    app.post<Params>('/api/handoffs/:id/abandon', async (request) =>
      handoffView(await abandonHandoff(context, handoffIdOf(request.params.id))),
    );
  };
}

function agentIdOf(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < 1 || id > 2_147_483_647) {
    throw new HeadspaceError('not_found', `There is no agent ${text}.`);
  }
  return id;
}

function handoffIdOf(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw noSuchHandoff(text);
  return id;
}
