/** Builds what looks at this machine for signs of its agents: part of the composition in context.ts. */
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '@headspace/contract';
import type { ContextMarks } from '../domain/context-use.ts';
import { ContextPoller, ContextSignals } from '../features/context/index.ts';
import type { HooksContext } from '../features/hooks/index.ts';
import { AgentReaper } from '../features/liveness/index.ts';
import { SessionWatcher } from '../features/session-files/index.ts';
import { TmuxWatchdog } from '../features/tmux-watchdog/index.ts';
import { TranscriptWatcher } from '../features/transcripts/index.ts';
import type { Platform } from '../platform/platform.ts';
import type { ProcessTable } from '../platform/process-table.ts';
import type { Tmux } from '../platform/tmux/index.ts';

export interface Evidence {
  readonly sessionWatcher: SessionWatcher;
  readonly agentReaper: AgentReaper;
  readonly tmuxWatchdog: TmuxWatchdog;
  readonly transcripts: TranscriptWatcher;
  readonly contextPoller: ContextPoller;
  readonly contextSignals: ContextSignals;
}

/** The machine that is looked at. */
export interface Machine {
  readonly processes: ProcessTable;
  readonly tmux: Tmux;
}

/** `leadsHost`: whether this process applies what is seen on its host. */
export function composeEvidence(
  platform: Platform,
  context: HooksContext,
  machine: Machine,
  leadsHost: () => boolean,
): Evidence {
  const { settings, hostId, clock, logger: log, claudeFolder } = platform;
  const common = { context, hostId, now: clock.now, log };
  const marks = contextMarks(settings);
  const agentReaper = new AgentReaper({
    ...common,
    ...machine,
    files: () => sessionWatcher.filesNow(),
    table: { name: context.pidNamespace, bootedAt: Date.now() - uptime() * 1_000 },
    batch: settings['agentReaper.batchSize'],
    unwatchedIntervalMs: settings['agentReaper.unwatchedIntervalMs'],
  });
  const contextSignals = new ContextSignals(context.pool);
  const tmuxWatchdog = new TmuxWatchdog({
    ...common,
    ...machine,
    pidNamespace: context.pidNamespace,
    contextSignals,
    batch: settings['tmuxWatchdog.batchSize'],
    stalledAfterMs: settings['tmuxWatchdog.stalledAfterMs'],
    unsentAfterMs: settings['tmuxWatchdog.unsentAfterMs'],
  });
  const sessionWatcher = new SessionWatcher({
    ...common,
    processes: machine.processes,
    pidNamespace: context.pidNamespace,
    folder: join(claudeFolder, 'sessions'),
    projectsFolder: join(claudeFolder, 'projects'),
    applies: leadsHost,
    onGone: (file) => agentReaper.fileGone(file),
  });
  const transcripts = new TranscriptWatcher({
    ...common,
    sleep: clock.sleep,
    projectsFolder: join(claudeFolder, 'projects'),
    followsAll: leadsHost,
    batchSize: settings['transcriptReconciler.batchSize'],
    contextMarks: marks,
  });
  const batchSize = settings['contextPoller.batchSize'];
  const contextPoller = new ContextPoller({ context, marks, batchSize, now: clock.now });
  return { sessionWatcher, agentReaper, tmuxWatchdog, transcripts, contextPoller, contextSignals };
}

function contextMarks(settings: Settings): ContextMarks {
  return {
    high: settings['context.highPercent'],
    critical: settings['context.criticalPercent'],
    hysteresis: settings['context.hysteresisPoints'],
  };
}
