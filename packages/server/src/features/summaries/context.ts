/** What the summaries feature needs from outside. */
import type { Settings } from '@headspace/contract';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Prices } from '../../domain/cost.ts';

export type SummarySettings = Pick<
  Settings,
  | 'summaries.provider'
  | 'summaries.model'
  | 'summaries.baseUrl'
  | 'summaries.apiKey'
  | 'summaries.paused'
  | 'summaries.dailyTokens'
  | 'summaries.dailyDollars'
  | 'summaries.concurrency'
  | 'summaries.callTimeoutMs'
  | 'summaries.maxAgeHours'
  | 'summaries.debounceMs'
>;

export interface SummariesContext {
  readonly pool: Pool;
  /** Read anew whenever they are needed: most of them are live. */
  readonly settings: SummarySettings;
  /** Dollars per million tokens by model. */
  readonly prices: Prices;
  /** Called after a commit that left something in the outbox. */
  readonly announce: () => void;
  readonly log: Pick<Logger, 'warn' | 'info' | 'debug'>;
}
