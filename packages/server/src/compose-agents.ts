/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { type BridgeParts, composeBridge } from './compose-bridge.ts';
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
import { promptRoutes, type PromptsContext } from './features/prompts/index.ts';
import { SessionWatcher } from './features/session-files/index.ts';
import { doubtSilent } from './features/silence/index.ts';
import { terminalRoutes } from './features/tmux-bridge/index.ts';
import { transcriptRoutes, TranscriptWatcher } from './features/transcripts/index.ts';
import type { Platform } from './platform/platform.ts';
import type { Tmux } from './platform/tmux/index.ts';
import { pidNamespace, processTable, type ProcessTable } from './platform/process-table.ts';

export interface AgentsParts {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly processWatch: ProcessWatch;
  readonly transcripts: TranscriptWatcher;
  readonly bridge: BridgeParts;
  readonly doubtSilent: () => Promise<void>;
  readonly routes: readonly FastifyPluginAsync[];
}

export function composeAgents(
  platform: Platform,
  events: Events,
  processes: ProcessTable = processTable,
  tmux?: Tmux,
): AgentsParts {
  const { settings, hostId, logger: log, clock } = platform;
  const now = clock.now;
  const context: HooksContext = {
    ...hooksContext(platform, processes),
    announce: () => {
      events.nudge();
      bridge.delivery.poke();
    },
    sessionFileAlive: (sessionId) => sessionWatcher.isAlive(sessionId),
    onApplied: (agents) => {
      for (const agent of agents) {
        transcripts.notice(agent);
        bridge.delivery.wake(agent.id);
      }
    },
  };
  const bridge = composeBridge(platform, context, {
    processes,
    tmux,
    onEntered: (agent) => transcripts.expectEntry(agent),
  });
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
  return {
    hooks,
    sessionWatcher,
    processWatch,
    transcripts,
    bridge,
    doubtSilent: () =>
      doubtSilent({ context, now, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: [...routesOf(platform, context, hooks, bridge), agentRoutesOf(platform, events)],
  };
}

function routesOf(
  platform: Platform,
  context: HooksContext,
  hooks: Hooks,
  bridge: AgentsParts['bridge'],
): FastifyPluginAsync[] {
  const { pool, settings, clock } = platform;
  const maxBodyBytes = settings['hooks.maxBodyBytes'];
  return [
    hookRoutes({ hooks, pool, maxBodyBytes, now: clock.now }),
    transcriptRoutes({ pool }),
    promptRoutes(promptsContext(platform, context, (id) => bridge.delivery.notice(id))),
    terminalRoutes(bridge.context),
  ];
}

function hooksContext(
  { pool, locks, hostId, processId, settings, logger: log }: Platform,
  processes: ProcessTable,
): Omit<HooksContext, 'announce' | 'sessionFileAlive' | 'onApplied'> {
  return {
    pool,
    locks,
    hostId,
    processId,
    processes,
    pidNamespace: pidNamespace(),
    maxTries: settings['hooks.maxTries'],
    log,
  };
}

function promptsContext(
  { settings, hostId, clock }: Platform,
  { pool, locks, announce }: HooksContext,
  onQueued: PromptsContext['onQueued'],
): PromptsContext {
  return {
    pool,
    locks,
    announce,
    hostId,
    now: clock.now,
    maxQueued: settings['prompts.maxQueued'],
    maxCharacters: settings['prompts.maxCharacters'],
    onQueued,
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
