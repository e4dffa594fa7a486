/** `/api/launches`: starting agents and ending them. */
import { NewLaunchRequest } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { idempotencyKey } from '../prompts/index.ts';
import type { LaunchesContext } from './context.ts';
import { findLaunch, listLaunches } from './queries.ts';
import { requestLaunch } from './request-launch.ts';
import { noSuchLaunch, stopLaunch } from './stop-launch.ts';
import { launchView } from './view.ts';

interface Params {
  Params: { id: string };
}

const LIST_LIMIT = 200;

export function launchRoutes(context: LaunchesContext): FastifyPluginAsync {
  return async (app) => {
    app.post('/api/launches', async (request, reply) => {
      const { key, ...asked } = NewLaunchRequest.parse(request.body);
      const { launch, created } = await requestLaunch(context, {
        ...asked,
        purpose: 'person',
        key: idempotencyKey(request, key),
      });
      return reply.code(created ? 202 : 200).send(launchView(launch));
    });

    app.get('/api/launches', async () => ({
      launches: (await listLaunches(context.pool, LIST_LIMIT)).map(launchView),
    }));

    app.get<Params>('/api/launches/:id', async (request) => {
      const id = launchIdOf(request.params.id);
      const launch = await findLaunch(context.pool, id);
      if (launch === undefined) throw noSuchLaunch(id);
      return launchView(launch);
    });

    app.post<Params>('/api/launches/:id/stop', async (request, reply) => {
      const launch = await stopLaunch(context, launchIdOf(request.params.id));
      return reply.code(202).send(launchView(launch));
    });
  };
}

function launchIdOf(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw noSuchLaunch(text);
  return id;
}
