/** What the agents feature needs from outside. */
import type { AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';

export interface AgentsContext {
  pool: Pool;
  locks: AdvisoryLocks;
  /** Called after a commit that left something in the outbox. */
  announce: () => void;
}
