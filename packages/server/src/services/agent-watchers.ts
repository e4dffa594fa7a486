/** The loops that keep agents true between and beside their hooks. */
import type { Hooks } from '../features/hooks/index.ts';
import type { AgentReaper } from '../features/liveness/index.ts';
import type { SessionWatcher } from '../features/session-files/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

/** An event that waits longer than this was left by a crash, or by an attempt that failed. */
const LEFT_BEHIND_MS = 1_000;
/** The database may be back at any moment, and nobody shall wait long for it to be noticed. */
const LONGEST_RETRY_MS = 5_000;

export function hookSweep(
  loop: LoopOptions,
  { hooks, batchSize }: { hooks: Hooks; batchSize: number },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'hook-sweep',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: async () => {
      await hooks.sweep(LEFT_BEHIND_MS, batchSize);
    },
  });
}

/** Where another process leads this one looks too, and applies nothing. */
export function sessionFiles(
  loop: LoopOptions,
  { sessionWatcher }: { sessionWatcher: SessionWatcher },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'session-files',
    longestRetryMs: LONGEST_RETRY_MS,
    standby: (signal) => sessionWatcher.tick(false, signal),
    tick: (signal) => sessionWatcher.tick(true, signal),
  });
}

export function agentReaper(
  loop: LoopOptions,
  { agentReaper: reaper }: { agentReaper: AgentReaper },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'agent-reaper',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: (signal) => reaper.tick(signal),
  });
}

export function silence(
  loop: LoopOptions,
  { doubtSilent }: { doubtSilent: (signal: AbortSignal) => Promise<void> },
): IntervalService {
  return intervalService({
    ...loop,
    name: 'silence',
    longestRetryMs: LONGEST_RETRY_MS,
    tick: doubtSilent,
  });
}
