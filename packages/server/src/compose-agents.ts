/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { join } from 'node:path';
import type { Settings } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { ContextMarks } from './domain/context-use.ts';
import { agentRoutes } from './features/agents/index.ts';
import { ContextPoller, contextRoutes, ContextSignals } from './features/context/index.ts';
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
  readonly contextPoller: ContextPoller;
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
  const marks = contextMarks(settings);
  const context: HooksContext = {
    pool,
    locks,
    announce: () => events.nudge(),
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
    contextMarks: marks,
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
  const contextPoller = new ContextPoller({
    context,
    marks,
    batchSize: settings['contextPoller.batchSize'],
    timeoutMs: settings['contextPoller.timeoutMs'],
    now,
  });
  const answerWithinMs = settings['hooks.answerWithinMs'];
  const hooks = createHooks({ context, answerWithinMs, now });
  const maxBodyBytes = settings['hooks.maxBodyBytes'];
  return {
    hooks,
    sessionWatcher,
    processWatch,
    transcripts,
    contextPoller,
    doubtSilent: () =>
      doubtSilent({ context, now, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: [
      hookRoutes({ hooks, pool, maxBodyBytes, now }),
      transcriptRoutes({ pool }),
      contextRoutes({ signals: new ContextSignals(pool), hostId, now }),
      agentRoutesOf(platform, events),
    ],
  };
}

function contextMarks(settings: Settings): ContextMarks {
  return {
    high: settings['context.highPercent'],
    critical: settings['context.criticalPercent'],
    hysteresis: settings['context.hysteresisPoints'],
  };
}

function agentRoutesOf({ pool }: Platform, events: Events): FastifyPluginAsync {
  return agentRoutes({
    pool,
    streamHead: async () => Number(await events.cursor()),
    listEvents: (agentId, page) =>
      listHookEvents(pool, {
        agentId,
        limit: page.limit,
        ...(page.before === null ? {} : { before: page.before }),
      }),
  });
}
