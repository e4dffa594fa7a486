/**
 * `GET /api/agents/:id/usage`: tokens of an agent and of its turns, and what they cost.
 * `GET /api/agents/:id/queued`: what was typed while it was at work and waits to be taken in.
 */
import type { QueuedView } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';
import type { Prices } from '../../domain/cost.ts';
import { oneLine } from '../../domain/display.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent } from '../agents/index.ts';
import { queuedMessages } from './file-rows.ts';
import type { QueuedMessage } from './message-queue.ts';
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
    app.get<{ Params: { id: string } }>('/api/agents/:id/queued', async ({ params }) => {
      const messages = await queuedMessages(pool, await knownAgent(pool, params.id));
      const waiting = messages.filter((one) => one.leftAt === null && !one.notification);
      return { queued: waiting.map(queuedView) };
    });
  };
}

async function knownAgent(pool: Pool, id: string): Promise<number> {
  const known = /^\d{1,9}$/.test(id) && (await findAgent(pool, Number(id))) !== undefined;
  if (!known) throw new HeadspaceError('not_found', `There is no agent ${id}.`);
  return Number(id);
}

const queuedView = ({ text, at }: QueuedMessage): QueuedView => ({
  text: oneLine(text),
  at: new Date(at).toISOString(),
});
