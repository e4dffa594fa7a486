/** What API keys need from outside. */
import type { Pool } from 'pg';

export interface ApiKeysContext {
  readonly pool: Pool;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
