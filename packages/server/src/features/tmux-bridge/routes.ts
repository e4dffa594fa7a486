/** `/api/agents/:id/terminal`, `/interrupt` and `/answer`. */
import { AnswerRequest } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { BridgeContext } from './context.ts';
import { answer, existing, interrupt } from './press-keys.ts';
import { lookAtTerminal } from './terminal.ts';
import { terminalView } from './terminal-view.ts';

interface Params {
  Params: { id: string };
}

export function terminalRoutes(context: BridgeContext): FastifyPluginAsync {
  return async (app) => {
    app.get<Params>('/api/agents/:id/terminal', async ({ params }) => {
      const agent = await existing(context, agentIdOf(params.id));
      return terminalView(await lookAtTerminal(context, agent));
    });

    app.post<Params>('/api/agents/:id/interrupt', async ({ params }) =>
      interrupt(context, agentIdOf(params.id)),
    );

    app.post<Params>('/api/agents/:id/answer', async ({ params, body }) =>
      answer(context, agentIdOf(params.id), AnswerRequest.parse(body)),
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
