/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
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
import type { Platform } from './platform/platform.ts';
import { pidNamespace, processTable, type ProcessTable } from './platform/process-table.ts';

export interface AgentsParts {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly processWatch: ProcessWatch;
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
  };
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
    doubtSilent: () =>
      doubtSilent({ context, now, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: [
      hookRoutes({ hooks, pool, maxBodyBytes, now }),
      agentRoutes({
        pool,
        streamHead: async () => Number(await events.cursor()),
        listEvents: (agentId, page) =>
          listHookEvents(pool, {
            agentId,
            limit: page.limit,
            ...(page.before === null ? {} : { before: page.before }),
          }),
      }),
    ],
  };
}
