/** Builds what makes summaries: part of the composition in context.ts. */
import type { FastifyPluginAsync } from 'fastify';
import type { Prices } from '../domain/cost.ts';
import { changeSettings } from '../features/config-editor/index.ts';
import type { Events } from '../features/events/index.ts';
import {
  forgetPauses,
  projectJob,
  rankingJob,
  type SummariesContext,
  summaryRoutes,
  SummaryWorker,
  takeRequests,
} from '../features/summaries/index.ts';
import type { Job } from '../platform/jobs/index.ts';
import type { Platform } from '../platform/platform.ts';
import type { ConfigParts } from './config.ts';

export interface SummariesParts {
  readonly worker: SummaryWorker;
  /** Asks for what sections say has no line yet. */
  readonly takeRequests: (signal: AbortSignal) => Promise<void>;
  readonly jobs: readonly Job[];
  readonly routes: FastifyPluginAsync;
}

/** What a provider could not be used with; once changed, it is tried again. */
const SET_UP = [
  'summaries.provider',
  'summaries.model',
  'summaries.baseUrl',
  'summaries.apiKey',
] as const;

export function composeSummaries(
  { pool, settings, live, logger: log }: Platform,
  events: Events,
  { config, prices }: { config: ConfigParts; prices: Prices },
): SummariesParts {
  const context: SummariesContext = { pool, settings, prices, announce: () => events.nudge(), log };
  const worker = new SummaryWorker(context);
  const poke = (): void => worker.poke();
  for (const name of SET_UP) {
    live.onChange(name, () => {
      forgetPauses(pool).then(poke, (error: unknown) => {
        log.debug({ err: error }, 'the rest of a provider ends by itself');
      });
    });
  }
  live.onChange('summaries.paused', poke);
  const options = { context, poke };
  return {
    worker,
    takeRequests: (signal) => takeRequests(options, signal),
    jobs: [projectJob(options), rankingJob(options)],
    routes: summaryRoutes({
      ...options,
      setPaused: (paused) => changeSettings(config.source, { 'summaries.paused': paused }),
    }),
  };
}
