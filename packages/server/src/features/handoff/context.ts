/** What handoffs need from outside. */
import type { Settings } from '@headspace/contract';
import type { Clock } from '../../platform/clock.ts';
import type { AgentsContext } from '../agents/index.ts';
import type { LaunchesContext } from '../launches/index.ts';

export interface HandoffContext extends AgentsContext {
  /** Steps of this host's agents are done by this process. */
  readonly hostId: string;
  readonly clock: Clock;
  /** Each handoff has a folder here, named by its id. */
  readonly folder: string;
  readonly launches: LaunchesContext;
  /** As they are now. */
  readonly settings: Pick<
    Settings,
    | 'handoff.atPercent'
    | 'handoff.endPredecessor'
    | 'handoff.askDeadlineMs'
    | 'handoff.writeDeadlineMs'
    | 'handoff.examDeadlineMs'
    | 'launches.deadlineMs'
  >;
  /** After a commit that left something to deliver to this agent. */
  readonly onQueued: (agentId: number) => void;
}
