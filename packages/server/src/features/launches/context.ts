/** What launches need from outside. */
import type { LaunchPurpose, Settings } from '@headspace/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Tmux, TmuxSessions } from '../../platform/tmux/index.ts';
import type { AgentsContext, AlsoWrite, LoadedAgent, Section } from '../agents/index.ts';

export interface LaunchesContext extends AgentsContext {
  /** Launches of this host are started by this process. */
  readonly hostId: string;
  readonly clock: Clock;
  readonly tmux: Pick<Tmux, 'capture'>;
  readonly sessions: TmuxSessions;
  /** Of the tmux server in which agents are started. */
  readonly socket: () => string;
  readonly settings: Pick<
    Settings,
    'launches.program' | 'launches.deadlineMs' | 'prompts.maxCharacters'
  >;
  /** Why this persona, or none, cannot be given to such a launch, one sentence; null where it can. */
  readonly personaProblem: (slug: string | null, purpose: LaunchPurpose) => Promise<string | null>;
  /** What else is done when an agent is found by its pane, in the section's own transaction. */
  readonly alongsideLink: (section: Section, agent: LoadedAgent) => Promise<AlsoWrite | undefined>;
}
