/** Builds what looks at this machine for signs of life: part of the composition in context.ts. */
import { uptime } from 'node:os';
import type { HooksContext } from './features/hooks/index.ts';
import { AgentReaper, type AgentReaperOptions } from './features/liveness/index.ts';
import { TmuxWatchdog } from './features/tmux-watchdog/index.ts';
import type { Platform } from './platform/platform.ts';
import { pidNamespace, processTable, type ProcessTable } from './platform/process-table.ts';
import { createTmux, type Tmux } from './platform/tmux/index.ts';

/** What tests put in the place of the machine. */
export interface MachineOverrides {
  readonly processes?: ProcessTable;
  readonly tmux?: Pick<Tmux, 'look' | 'captureMany'>;
}

export function makeReaper(
  { settings, hostId, logger: log, clock }: Platform,
  overrides: MachineOverrides,
  parts: Pick<AgentReaperOptions, 'context' | 'files'>,
): AgentReaper {
  return new AgentReaper({
    ...parts,
    hostId,
    log,
    now: clock.now,
    processes: overrides.processes ?? processTable,
    tmux: overrides.tmux ?? createTmux({ timeoutMs: settings['agentReaper.timeoutMs'] }),
    table: { name: pidNamespace(), bootedAt: Date.now() - uptime() * 1_000 },
    batch: settings['agentReaper.batch'],
    unwatchedIntervalMs: settings['agentReaper.unwatchedIntervalMs'],
  });
}

export function makeWatchdog(
  { settings, hostId, logger: log, clock }: Platform,
  overrides: MachineOverrides,
  context: HooksContext,
): TmuxWatchdog {
  const timeoutMs = settings['tmuxWatchdog.timeoutMs'];
  return new TmuxWatchdog({
    context,
    hostId,
    log,
    now: clock.now,
    tmux: overrides.tmux ?? createTmux({ timeoutMs }),
    processes: context.processes,
    pidNamespace: context.pidNamespace,
    batch: settings['tmuxWatchdog.batch'],
    stalledAfterMs: settings['tmuxWatchdog.stalledAfterMs'],
    unsentAfterMs: settings['tmuxWatchdog.unsentAfterMs'],
  });
}
