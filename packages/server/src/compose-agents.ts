/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { Prices } from './domain/cost.ts';
import { MODEL_PRICES } from './domain/model-prices.ts';
import { agentRoutes } from './features/agents/index.ts';
import type { Events } from './features/events/index.ts';
import {
  createHooks,
  hookRoutes,
  listHookEvents,
  type Hooks,
  type HooksContext,
} from './features/hooks/index.ts';
import { ProcessWatch } from './features/processes/index.ts';
import { SessionWatcher } from './features/session-files/index.ts';
import { doubtSilent } from './features/silence/index.ts';
import { transcriptRoutes, TranscriptWatcher } from './features/transcripts/index.ts';
import type { Platform } from './platform/platform.ts';
import { pidNamespace, processTable, type ProcessTable } from './platform/process-table.ts';

export interface AgentsParts {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly processWatch: ProcessWatch;
  readonly transcripts: TranscriptWatcher;
  readonly doubtSilent: () => Promise<void>;
  readonly routes: readonly FastifyPluginAsync[];
}

export function composeAgents(
  platform: Platform,
  events: Events,
  processes: ProcessTable = processTable,
): AgentsParts {
  const { pool, locks, settings, hostId, processId, logger: log, clock } = platform;
  const now = clock.now;
  const prices = { ...MODEL_PRICES, ...settings['costs.prices'] };
  const context: HooksContext = {
    pool,
    locks,
    announce: () => events.nudge(),
    prices,
    hostId,
    processId,
    processes,
    pidNamespace: pidNamespace(),
    sessionFileAlive: (sessionId) => sessionWatcher.isAlive(sessionId),
    maxTries: settings['hooks.maxTries'],
    log,
    onApplied: (agents) => {
      for (const agent of agents) transcripts.notice(agent);
    },
  };
  const transcripts = new TranscriptWatcher({
    context,
    hostId,
    now,
    log,
    sleep: clock.sleep,
    projectsFolder: join(platform.claudeFolder, 'projects'),
  });
  const processWatch = new ProcessWatch({ context, hostId, processes, now });
  const sessionWatcher = new SessionWatcher({
    context,
    hostId,
    processes,
    now,
    log,
    folder: join(platform.claudeFolder, 'sessions'),
    onGone: (file) => processWatch.fileGone(file),
  });
  const answerWithinMs = settings['hooks.answerWithinMs'];
  const hooks = createHooks({ context, answerWithinMs, now });
  const maxBodyBytes = settings['hooks.maxBodyBytes'];
  return {
    hooks,
    sessionWatcher,
    processWatch,
    transcripts,
    doubtSilent: () =>
      doubtSilent({ context, now, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: [
      hookRoutes({ hooks, pool, maxBodyBytes, now }),
      transcriptRoutes({ pool, prices }),
      agentRoutesOf(platform, events, prices),
    ],
  };
}

function agentRoutesOf({ pool }: Platform, events: Events, prices: Prices): FastifyPluginAsync {
  return agentRoutes({
    pool,
    prices,
    streamHead: async () => Number(await events.cursor()),
    listEvents: (agentId, page) =>
      listHookEvents(pool, {
        agentId,
        limit: page.limit,
        ...(page.before === null ? {} : { before: page.before }),
      }),
  });
}
