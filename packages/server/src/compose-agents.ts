/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { agentRoutes } from './features/agents/index.ts';
import { dismissalRoutes } from './features/dismissal/index.ts';
import { makeReaper, makeWatchdog, type MachineOverrides } from './compose-liveness.ts';
import type { Events } from './features/events/index.ts';
import {
  createHooks,
  hookRoutes,
  listHookEvents,
  type Hooks,
  type HooksContext,
} from './features/hooks/index.ts';
import type { AgentReaper } from './features/liveness/index.ts';
import { SessionWatcher } from './features/session-files/index.ts';
import { doubtSilent } from './features/silence/index.ts';
import type { TmuxWatchdog } from './features/tmux-watchdog/index.ts';
import { transcriptRoutes, TranscriptWatcher } from './features/transcripts/index.ts';
import type { Platform } from './platform/platform.ts';
import { pidNamespace, processTable } from './platform/process-table.ts';

export interface AgentsParts {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly agentReaper: AgentReaper;
  readonly tmuxWatchdog: TmuxWatchdog;
  readonly transcripts: TranscriptWatcher;
  readonly doubtSilent: () => Promise<void>;
  readonly routes: readonly FastifyPluginAsync[];
}

export function composeAgents(
  platform: Platform,
  events: Events,
  overrides: MachineOverrides = {},
): AgentsParts {
  const processes = overrides.processes ?? processTable;
  const namespace = pidNamespace();
  const { pool, locks, settings, hostId, processId, logger: log, clock } = platform;
  const now = clock.now;
  const context: HooksContext = {
    pool,
    locks,
    announce: () => events.nudge(),
    hostId,
    processId,
    processes,
    pidNamespace: namespace,
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
  const agentReaper = makeReaper(platform, overrides, {
    context,
    files: () => sessionWatcher.filesNow(),
  });
  const sessionWatcher = new SessionWatcher({
    context,
    hostId,
    processes,
    now,
    log,
    folder: join(platform.claudeFolder, 'sessions'),
    pidNamespace: namespace,
    onGone: (file) => agentReaper.fileGone(file),
  });
  const hooks = createHooks({ context, answerWithinMs: settings['hooks.answerWithinMs'], now });
  return {
    hooks,
    sessionWatcher,
    agentReaper,
    tmuxWatchdog: makeWatchdog(platform, overrides, context),
    transcripts,
    doubtSilent: () =>
      doubtSilent({ context, now, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: routesOf(platform, events, { context, hooks }),
  };
}

function routesOf(
  platform: Platform,
  events: Events,
  { context, hooks }: { context: HooksContext; hooks: Hooks },
): FastifyPluginAsync[] {
  const { pool, settings, clock } = platform;
  const { now } = clock;
  return [
    hookRoutes({ hooks, pool, maxBodyBytes: settings['hooks.maxBodyBytes'], now }),
    transcriptRoutes({ pool }),
    agentRoutesOf(platform, events),
    dismissalRoutes({ context, now }),
  ];
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
