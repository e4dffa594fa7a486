/** What the agents feature needs from outside. */
import type { ModelPrice } from '@headspace/contract';
import type { AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';

export interface AgentsContext {
  pool: Pool;
  locks: AdvisoryLocks;
  /** Dollars per million tokens by model, for what agents' views show; the list prices unless given. */
  prices?: Readonly<Record<string, ModelPrice>>;
  /** Called after a commit that left something in the outbox. */
  announce: () => void;
}
