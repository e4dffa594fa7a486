/** Builds what starts agents: part of the composition in context.ts. */
import type { AgentsContext } from '../features/agents/index.ts';
import type { LaunchesContext } from '../features/launches/index.ts';
import { claimLinked, personaProblem, type PersonasContext } from '../features/personas/index.ts';
import type { Platform } from '../platform/platform.ts';
import { createTmuxSessions, defaultSocket, type Tmux } from '../platform/tmux/index.ts';

export function composeLaunches(
  { settings, hostId, clock }: Platform,
  { pool, locks, announce, prices }: AgentsContext,
  { tmux, personas }: { tmux: Tmux; personas: PersonasContext },
): LaunchesContext {
  return {
    pool,
    locks,
    announce,
    hostId,
    clock,
    tmux,
    settings,
    ...(prices === undefined ? {} : { prices }),
    sessions: createTmuxSessions(),
    socket: () => settings['launches.tmuxSocket'] || defaultSocket(),
    personaProblem: async (slug, purpose) => personaProblem(personas, slug, purpose),
    alongsideLink: async (section, agent) => claimLinked(personas, section, agent),
  };
}
