/** `/api/agents`: what every agent is doing, and how it came to that. */
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';
import type { Prices } from '../../domain/cost.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { listTransitions, listTurns, type Page, type TurnPage } from './history-queries.ts';
import { loadAgent } from './loaded-agent.ts';
import { findAgent, listAgents } from './queries.ts';
import { agentView } from './view.ts';

export interface AgentRoutesOptions {
  pool: Pool;
  /** Position of the stream, read before the list: what the list misses comes after it. */
  streamHead: () => Promise<number>;
  listEvents: (agentId: number, page: Page) => Promise<unknown[]>;
  /** Dollars per million tokens by model. */
  prices: Prices;
}

export function agentRoutes({
  pool,
  streamHead,
  listEvents,
  prices,
}: AgentRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Querystring: Record<string, unknown> }>('/api/agents', async (request) => {
      const cursor = await streamHead();
      const rows = await listAgents(pool, request.query['include'] === 'ended');
      return {
        agents: rows.map((row) => agentView(loadAgent(row), prices)),
        cursor: String(cursor),
      };
    });

    app.get<{ Params: { id: string } }>('/api/agents/:id', async (request) => {
      const row = await findAgent(pool, agentId(request.params));
      if (row === undefined) throw noSuchAgent(request.params.id);
      return agentView(loadAgent(row), prices);
    });

    const lists = {
      transitions: (id: number, page: Page) => listTransitions(pool, id, page),
      turns: (id: number, page: TurnPage) => listTurns(pool, id, page),
      events: listEvents,
    };
    for (const [name, list] of Object.entries(lists)) {
      app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
        `/api/agents/:id/${name}`,
        async (request) => {
          const id = agentId(request.params);
          const rows = await list(id, pageOf(request.query));
          if (rows.length === 0 && (await findAgent(pool, id)) === undefined) {
            throw noSuchAgent(request.params.id);
          }
          return { [name]: rows };
        },
      );
    }
  };
}

function agentId({ id }: { id: string }): number {
  const value = Number(id);
  if (!/^\d+$/.test(id) || value < 1 || value > 2_147_483_647) throw noSuchAgent(id);
  return value;
}

function noSuchAgent(id: string): HeadspaceError {
  return new HeadspaceError('not_found', `There is no agent ${id}.`);
}

function pageOf(query: Record<string, unknown>): TurnPage {
  const before = Number(query['before']);
  const limit = Number(query['limit']);
  return {
    before: query['before'] !== undefined && Number.isSafeInteger(before) ? before : null,
    limit: Number.isInteger(limit) && limit >= 1 && limit <= 500 ? limit : 100,
    tools: query['include'] === 'tools',
  };
}
