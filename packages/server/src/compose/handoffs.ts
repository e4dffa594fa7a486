/** Builds what lets agents hand over: part of the composition in context.ts. */
import { join } from 'node:path';
import type { AgentsContext } from '../features/agents/index.ts';
import type { HandoffContext } from '../features/handoff/index.ts';
import type { LaunchesContext } from '../features/launches/index.ts';
import type { Platform } from '../platform/platform.ts';

export function composeHandoffs(
  { settings, hostId, clock, paths }: Platform,
  { pool, locks, announce, prices }: AgentsContext,
  launches: LaunchesContext,
  onQueued: (agentId: number) => void,
): HandoffContext {
  return {
    pool,
    locks,
    announce,
    hostId,
    clock,
    launches,
    settings,
    onQueued,
    folder: join(paths.home, 'handoffs'),
    ...(prices === undefined ? {} : { prices }),
  };
}
