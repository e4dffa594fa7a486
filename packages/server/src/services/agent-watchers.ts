/** The loops that keep agents true between and beside their hooks. */
import type { Settings } from '@headspace/contract';
import type { Hooks } from '../features/hooks/index.ts';
import type { AgentReaper } from '../features/liveness/index.ts';
import type { SessionWatcher } from '../features/session-files/index.ts';
import type { TmuxWatchdog } from '../features/tmux-watchdog/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

export interface AgentWatchers {
  readonly hooks: Hooks;
  readonly sessionWatcher: SessionWatcher;
  readonly agentReaper: AgentReaper;
  readonly tmuxWatchdog: TmuxWatchdog;
  readonly settings: Settings;
  readonly doubtSilent: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An event that waits longer than this was left by a crash, or by an attempt that failed. */
const LEFT_BEHIND_MS = 1_000;
const SWEEP_MS = 1_000;
const SESSION_FILES_MS = 1_000;
const SILENCE_MS = 30_000;
/** The database may be back at any moment, and nobody shall wait long for it to be noticed. */
const LONGEST_RETRY_MS = 5_000;

export function agentWatchers(deps: AgentWatchers): IntervalService[] {
  const { clock, logger, settings } = deps;
  const common = { clock, logger, longestRetryMs: LONGEST_RETRY_MS };
  return [
    intervalService({
      ...common,
      name: 'hook-sweep',
      intervalMs: SWEEP_MS,
      tick: async () => {
        await deps.hooks.sweep(LEFT_BEHIND_MS);
      },
    }),
    intervalService({
      ...common,
      name: 'session-files',
      intervalMs: SESSION_FILES_MS,
      tick: () => deps.sessionWatcher.tick(),
    }),
    intervalService({
      ...common,
      name: 'agent-reaper',
      intervalMs: settings['agentReaper.intervalMs'],
      tick: (signal) => deps.agentReaper.tick(signal),
    }),
    intervalService({
      ...common,
      name: 'tmux-watchdog',
      intervalMs: settings['tmuxWatchdog.intervalMs'],
      tick: (signal) => deps.tmuxWatchdog.tick(signal),
    }),
    intervalService({
      ...common,
      name: 'silence',
      intervalMs: SILENCE_MS,
      tick: deps.doubtSilent,
    }),
  ];
}
