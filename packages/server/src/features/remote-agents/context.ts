/** What remote agents need from outside. */
import type { Settings } from '@headspace/contract';
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Events } from '../events/index.ts';
import type { LaunchesContext } from '../launches/index.ts';
import type { PromptsContext } from '../prompts/index.ts';
import type { BridgeContext } from '../tmux-bridge/index.ts';
import type { RemoteCallers } from './callers.ts';

export interface RemoteAgentsContext {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly hostId: string;
  readonly settings: Pick<Settings, 'remoteAgents.maxWaits' | 'prompts.maxCharacters'>;
  readonly events: Pick<Events, 'subscribe'>;
  /** Fires when the process stops: whoever waits is answered. */
  readonly stopping: AbortSignal;
  readonly callers: RemoteCallers;
  readonly launches: LaunchesContext;
  readonly prompts: PromptsContext;
  readonly bridge: BridgeContext;
}
