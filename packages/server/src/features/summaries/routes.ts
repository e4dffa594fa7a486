/** `/api/summaries` and `/api/inference`: lines, what they cost, and the switches. */
import { type InferenceView, ObjectiveRequest, SUMMARY_STATES } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { SummariesContext } from './context.ts';
import { listObjectives, setObjective } from './objectives.ts';
import { BUILT_IN, modelSummariser } from './summariser.ts';
import { retryFailed } from './upkeep.ts';
import {
  listCalls,
  listSummaries,
  projectBudgets,
  queueCounts,
  restOf,
  type SummaryFilter,
  today,
} from './views.ts';

export interface SummaryRoutesOptions {
  readonly context: SummariesContext;
  /** Changes `summaries.paused`. */
  readonly setPaused: (paused: boolean) => Promise<void>;
  readonly poke: () => void;
}

const LIST_LIMIT = 500;
const DEFAULT_LIST = 100;

export function summaryRoutes({
  context,
  setPaused,
  poke,
}: SummaryRoutesOptions): FastifyPluginAsync {
  const { pool } = context;
  return async (app) => {
    app.get<{ Querystring: Record<string, unknown> }>('/api/summaries', async ({ query }) => ({
      summaries: await listSummaries(pool, filterOf(query)),
    }));

    app.get('/api/inference', async () => inferenceView(context));

    app.post('/api/inference/pause', async () => {
      await setPaused(true);
      return inferenceView(context);
    });

    app.post('/api/inference/resume', async () => {
      await setPaused(false);
      poke();
      return inferenceView(context);
    });

    app.post('/api/inference/objective', async (request) => {
      const { text, projectId } = ObjectiveRequest.parse(request.body);
      return { objective: await setObjective(pool, projectId ?? null, text) };
    });

    app.post('/api/inference/retry', async () => {
      const retried = await retryFailed(pool);
      poke();
      return { retried };
    });
  };
}

async function inferenceView({ pool, settings, prices }: SummariesContext): Promise<InferenceView> {
  const { provider, model } = modelSummariser(settings, prices) ?? BUILT_IN;
  const dailyTokens = settings['summaries.dailyTokens'];
  const dailyDollars = settings['summaries.dailyDollars'];
  return {
    provider: settings['summaries.provider'],
    model,
    paused: settings['summaries.paused'],
    resting: await restOf(pool, provider),
    queue: await queueCounts(pool),
    budget: {
      day: await today(pool),
      dailyTokens: dailyTokens === 0 ? null : dailyTokens,
      dailyDollars: dailyDollars === 0 ? null : dailyDollars,
    },
    projects: await projectBudgets(pool),
    objectives: await listObjectives(pool),
    calls: await listCalls(pool),
  };
}

function filterOf(query: Record<string, unknown>): SummaryFilter {
  const { state } = query;
  const isState = SUMMARY_STATES.some((known) => known === state);
  if (state !== undefined && !isState) {
    const message = `is not one of ${SUMMARY_STATES.join(', ')}`;
    throw new HeadspaceError('invalid_payload', undefined, {
      errors: [{ path: 'state', message }],
    });
  }
  return {
    agentId: idOf(query['agentId'], 'agentId', 2_147_483_647),
    state: typeof state === 'string' ? state : null,
    before: idOf(query['before'], 'before', Number.MAX_SAFE_INTEGER),
    limit: Math.min(idOf(query['limit'], 'limit', LIST_LIMIT) ?? DEFAULT_LIST, LIST_LIMIT),
  };
}

function idOf(given: unknown, path: string, most: number): number | null {
  if (given === undefined) return null;
  const value = Number(given);
  if (typeof given === 'string' && /^\d+$/.test(given) && value >= 1 && value <= most) return value;
  const message = `is not a whole number from 1 to ${most}`;
  throw new HeadspaceError('invalid_payload', undefined, { errors: [{ path, message }] });
}
