/** `/api/agents/:id/prompts`: what people want to say to an agent. */
import { NewPromptRequest, PromptPatch } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent } from '../agents/index.ts';
import { cancelPrompt, editPrompt, type PromptName, retryPrompt } from './change-prompt.ts';
import type { PromptsContext } from './context.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { findPrompt, listPrompts } from './queries.ts';
import { takePrompt } from './take-prompt.ts';
import { noSuchAgent } from './targets.ts';
import { promptView } from './view.ts';

interface Params {
  Params: { id: string; promptId: string };
}

const LIST_LIMIT = 200;
const DEFAULT_LIST = 50;
/** A text of `prompts.maxCharacters` in JSON, each character escaped as \uXXXX. */
const ESCAPED_BYTES = 6;
const ENVELOPE_BYTES = 4096;

export function promptRoutes(context: PromptsContext): FastifyPluginAsync {
  const bodyLimit = context.settings['prompts.maxCharacters'] * ESCAPED_BYTES + ENVELOPE_BYTES;
  return async (app) => {
    app.post<Params>('/api/agents/:id/prompts', { bodyLimit }, async (request, reply) => {
      const agentId = agentIdOf(request.params.id);
      const body = NewPromptRequest.parse(request.body);
      const { prompt, created } = await takePrompt(context, agentId, {
        text: body.text,
        command: body.command,
        key: idempotencyKey(request, body.key),
      });
      return reply.code(created ? 201 : 200).send(promptView(prompt));
    });

    app.get<Params & { Querystring: Record<string, unknown> }>(
      '/api/agents/:id/prompts',
      async (request) => {
        const agentId = agentIdOf(request.params.id);
        const rows = await listPrompts(context.pool, agentId, limitOf(request.query['limit']));
        if (rows.length === 0 && (await findAgent(context.pool, agentId)) === undefined) {
          throw noSuchAgent(agentId);
        }
        return { prompts: rows.map(promptView) };
      },
    );

    app.get<Params>('/api/agents/:id/prompts/:promptId', async (request) => {
      const { agentId, promptId } = nameOf(request.params);
      const prompt = await findPrompt(context.pool, agentId, promptId);
      if (prompt === undefined) throw noSuchPrompt(request.params.promptId);
      return promptView(prompt);
    });

    app.patch<Params>('/api/agents/:id/prompts/:promptId', { bodyLimit }, async (request) => {
      const name = nameOf(request.params);
      return promptView(await editPrompt(context, name, PromptPatch.parse(request.body)));
    });

    app.delete<Params>('/api/agents/:id/prompts/:promptId', async (request) =>
      promptView(await cancelPrompt(context, nameOf(request.params))),
    );

    app.post<Params>('/api/agents/:id/prompts/:promptId/retry', async (request) =>
      promptView(await retryPrompt(context, nameOf(request.params))),
    );
  };
}

function nameOf(params: Params['Params']): PromptName {
  return { agentId: agentIdOf(params.id), promptId: promptIdOf(params.promptId) };
}

function agentIdOf(id: string): number {
  const value = Number(id);
  if (!/^\d+$/.test(id) || value < 1 || value > 2_147_483_647) throw noSuchAgent(id);
  return value;
}

function promptIdOf(id: string): number {
  const value = Number(id);
  if (!/^\d+$/.test(id) || !Number.isSafeInteger(value)) throw noSuchPrompt(id);
  return value;
}

function noSuchPrompt(id: string): HeadspaceError {
  return new HeadspaceError('not_found', `This agent has no prompt ${id}.`);
}

function limitOf(given: unknown): number {
  const limit = Number(given);
  return Number.isInteger(limit) && limit >= 1 && limit <= LIST_LIMIT ? limit : DEFAULT_LIST;
}
