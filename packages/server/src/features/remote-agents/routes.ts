/** `/api/remote-agents`: for programs with a key, chat views with a token, and the operator. */
import {
  AnswerRequest,
  NewEmbedToken,
  NewRemoteAgentRequest,
  NewRemotePrompt,
  type RemoteApproval,
  RemoteTurnsQuery,
  type TerminalView,
} from '@headspace/contract';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { turnsAfter } from '../agents/index.ts';
import { stopLaunch } from '../launches/index.ts';
import { findPrompt, idempotencyKey, listPrompts, takePrompt } from '../prompts/index.ts';
import { answer, existing, lookAtTerminal, terminalView } from '../tmux-bridge/index.ts';
import type { RemoteAgentsContext } from './context.ts';
import { createRemoteAgent } from './create-remote-agent.ts';
import { createEmbedToken } from './embed-tokens.ts';
import { listOwn, ownRemote, readRemote, startedAgent } from './read-remote-agent.ts';
import { remotePrompt } from './view.ts';
import { waitingRoute } from './waiting-route.ts';

interface Params {
  Params: { id: string; promptId: string };
}

const PROMPT_LIST = 100;
/** A text of `prompts.maxCharacters` in JSON, each character escaped as \uXXXX. */
const ESCAPED_BYTES = 6;
const ENVELOPE_BYTES = 16_384;

export function remoteAgentRoutes(context: RemoteAgentsContext): FastifyPluginAsync {
  return async (app) => {
    const { callers } = context;
    const limit = context.settings['prompts.maxCharacters'] * ESCAPED_BYTES + ENVELOPE_BYTES;

    app.post('/api/remote-agents', { bodyLimit: limit }, async (request, reply) => {
      const body = NewRemoteAgentRequest.parse(request.body);
      const key = idempotencyKey(request, undefined);
      const caller = callers.of(request);
      const { remote, created } = await createRemoteAgent(context, caller, body, key);
      return reply.code(created ? 202 : 200).send(await readRemote(context, remote));
    });

    app.get('/api/remote-agents', async (request) => ({
      agents: await listOwn(context, callers.of(request)),
    }));

    waitingRoute(app, context);

    app.get<Params>('/api/remote-agents/:id/turns', async (request) => {
      const { after, limit: most } = RemoteTurnsQuery.parse(request.query);
      const caller = callers.of(request);
      const remote = await ownRemote(context, caller, request.params.id, 'agents:read');
      const { agentId } = await readRemote(context, remote);
      const page = { after, limit: most };
      const turns = agentId === null ? [] : await turnsAfter(context.pool, agentId, page);
      return { turns, next: turns.at(-1)?.id ?? after };
    });

    app.post<Params>('/api/remote-agents/:id/stop', async (request, reply) => {
      const caller = callers.of(request);
      const remote = await ownRemote(context, caller, request.params.id, 'agents:stop');
      await stopLaunch(context.launches, remote.launchId);
      return reply.code(202).send(await readRemote(context, remote));
    });

    app.post<Params>('/api/remote-agents/:id/embed-tokens', async (request, reply) => {
      const body = NewEmbedToken.parse(request.body ?? {});
      const caller = callers.of(request);
      const token = await createEmbedToken(context, caller, request.params.id, body);
      return reply.code(201).header('cache-control', 'no-store').send(token);
    });

    promptRoutes(app, context, limit);
    approvalRoutes(app, context);
  };
}

function promptRoutes(app: FastifyInstance, context: RemoteAgentsContext, bodyLimit: number): void {
  const { callers } = context;
  const path = '/api/remote-agents/:id/prompts';

  app.post<Params>(path, { bodyLimit }, async (request, reply) => {
    const { text, key } = NewRemotePrompt.parse(request.body);
    const wanted = { text, command: false, key: idempotencyKey(request, key) };
    const caller = callers.of(request);
    const remote = await ownRemote(context, caller, request.params.id, 'agents:prompt');
    const agentId = await startedAgent(context, remote);
    const { prompt, created } = await takePrompt(context.prompts, agentId, wanted);
    return reply.code(created ? 201 : 200).send(remotePrompt(prompt));
  });

  app.get<Params>(path, async (request) => {
    const caller = callers.of(request);
    const remote = await ownRemote(context, caller, request.params.id, 'agents:read');
    const { agentId } = await readRemote(context, remote);
    const rows = agentId === null ? [] : await listPrompts(context.pool, agentId, PROMPT_LIST);
    return { prompts: rows.map(remotePrompt) };
  });

  app.get<Params>(`${path}/:promptId`, async (request) => {
    const caller = callers.of(request);
    const { id, promptId } = request.params;
    const remote = await ownRemote(context, caller, id, 'agents:read');
    const { agentId } = await readRemote(context, remote);
    const number = /^\d{1,15}$/.test(promptId) ? Number(promptId) : null;
    const row =
      agentId === null || number === null
        ? undefined
        : await findPrompt(context.pool, agentId, number);
    if (row === undefined) throw new HeadspaceError('not_found', 'It has no such prompt.');
    return remotePrompt(row);
  });
}

function approvalRoutes(app: FastifyInstance, context: RemoteAgentsContext): void {
  const { callers, bridge } = context;
  const path = '/api/remote-agents/:id/approvals';

  app.get<Params>(path, async (request) => {
    const caller = callers.of(request);
    const remote = await ownRemote(context, caller, request.params.id, 'agents:read');
    const agent = await existing(bridge, await startedAgent(context, remote));
    return approvalView(terminalView(await lookAtTerminal(bridge, agent)));
  });

  app.post<Params>(path, async (request) => {
    const body = AnswerRequest.parse(request.body);
    const caller = callers.of(request);
    const remote = await ownRemote(context, caller, request.params.id, 'agents:approve');
    const { done, terminal } = await answer(bridge, await startedAgent(context, remote), body);
    return { done, ...approvalView(terminal) };
  });
}

const approvalView = ({ dialog, why }: TerminalView): RemoteApproval => ({ dialog, why });
