/** `GET /api/agents/:id/usage`: tokens of an agent and of its turns, and what they cost. */
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';
import type { Prices } from '../../domain/cost.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent } from '../agents/index.ts';
import { listUsage } from './usage.ts';

export function transcriptRoutes({
  pool,
  prices,
}: {
  pool: Pool;
  prices: Prices;
}): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { id: string } }>('/api/agents/:id/usage', async ({ params }) =>
      listUsage(pool, await knownAgent(pool, params.id), prices),
    );
  };
}

async function knownAgent(pool: Pool, id: string): Promise<number> {
  const known = /^\d{1,9}$/.test(id) && (await findAgent(pool, Number(id))) !== undefined;
  if (!known) throw new HeadspaceError('not_found', `There is no agent ${id}.`);
  return Number(id);
}
