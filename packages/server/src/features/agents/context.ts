/** What the agents feature needs from outside. */
import type { AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';
import type { IdBlocks } from './id-blocks.ts';

export interface AgentsContext {
  pool: Pool;
  locks: AdvisoryLocks;
  commandIds: IdBlocks;
  transitionIds: IdBlocks;
  /** Called after a commit that left something in the outbox. */
  announce: () => void;
}
