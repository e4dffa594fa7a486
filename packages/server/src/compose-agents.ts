/** Builds what makes agents of hooks: part of the composition in context.ts. */
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { ContextMarks } from './domain/context-use.ts';
import { agentRoutes } from './features/agents/index.ts';
import { ContextPoller, contextRoutes, ContextSignals } from './features/context/index.ts';
import { dismissalRoutes } from './features/dismissal/index.ts';
import type { Events } from './features/events/index.ts';
import {
  createHooks,
  hookRoutes,
  listHookEvents,
  type Hooks,
  type HooksContext,
} from './features/hooks/index.ts';
import { AgentReaper, type AgentReaperOptions } from './features/liveness/index.ts';
import { promptRoutes, type PromptsContext } from './features/prompts/index.ts';
import { SessionWatcher } from './features/session-files/index.ts';
import { doubtSilent } from './features/silence/index.ts';
import { transcriptRoutes, TranscriptWatcher } from './features/transcripts/index.ts';
import type { Platform } from './platform/platform.ts';
import { pidNamespace, processTable, type ProcessTable } from './platform/process-table.ts';
import { createTmux, type Tmux } from './platform/tmux/index.ts';

export interface AgentsParts {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly agentReaper: AgentReaper;
  readonly transcripts: TranscriptWatcher;
  readonly contextPoller: ContextPoller;
  readonly doubtSilent: (signal: AbortSignal) => Promise<void>;
  readonly routes: readonly FastifyPluginAsync[];
}

/** What tests put in the place of the machine. */
export interface AgentsOverrides {
  readonly processes?: ProcessTable;
  readonly tmux?: Pick<Tmux, 'look' | 'captureMany'>;
}

export function composeAgents(
  platform: Platform,
  events: Events,
  /** Whether this process applies what is seen on its host. */
  leadsHost: () => boolean,
  overrides: AgentsOverrides = {},
): AgentsParts {
  const processes = overrides.processes ?? processTable;
  const namespace = pidNamespace();
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
    followsAll: leadsHost,
    batchSize: settings['transcriptReconciler.batchSize'],
    projectsFolder: join(platform.claudeFolder, 'projects'),
    contextMarks: marks,
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
    applies: leadsHost,
    pidNamespace: namespace,
    onGone: (file) => agentReaper.fileGone(file),
  });
  const contextPoller = new ContextPoller({
    context,
    marks,
    batchSize: settings['contextPoller.batchSize'],
    now,
  });
  const hooks = createHooks({ context, answerWithinMs: settings['hooks.answerWithinMs'], now });
  return {
    hooks,
    sessionWatcher,
    agentReaper,
    transcripts,
    contextPoller,
    doubtSilent: (signal) =>
      doubtSilent({ context, now, signal, sessionFileAlive: (id) => sessionWatcher.isAlive(id) }),
    routes: [
      hookRoutes({ hooks, pool, maxBodyBytes: settings['hooks.maxBodyBytes'], now }),
      transcriptRoutes({ pool }),
      promptRoutes(promptsContext(platform, context)),
      contextRoutes({ signals: new ContextSignals(pool), hostId, now }),
      agentRoutesOf(platform, events),
      dismissalRoutes({ context, now }),
    ],
  };
}

function promptsContext(
  { settings, hostId, clock }: Platform,
  { pool, locks, announce }: HooksContext,
): PromptsContext {
  return {
    pool,
    locks,
    announce,
    hostId,
    now: clock.now,
    maxQueued: settings['prompts.maxQueued'],
    maxCharacters: settings['prompts.maxCharacters'],
    onQueued: () => undefined,
  };
}

function makeReaper(
  { settings, hostId, logger: log, clock }: Platform,
  overrides: AgentsOverrides,
  parts: Pick<AgentReaperOptions, 'context' | 'files'>,
): AgentReaper {
  return new AgentReaper({
    ...parts,
    hostId,
    log,
    now: clock.now,
    processes: overrides.processes ?? processTable,
    tmux: overrides.tmux ?? createTmux({ timeoutMs: settings['tmux.timeoutMs'] }),
    table: { name: pidNamespace(), bootedAt: Date.now() - uptime() * 1_000 },
    batch: settings['agentReaper.batchSize'],
    unwatchedIntervalMs: settings['agentReaper.unwatchedIntervalMs'],
  });
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
