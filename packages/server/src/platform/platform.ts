/** What every part of the server may use. Built once, in context.ts. */
import type { Settings } from '@headspace/contract';
import type { HomePaths } from '@headspace/home';
import type { AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';
import type { Clock } from './clock.ts';
import type { LiveSettings } from './live-settings.ts';
import type { Logger } from './log.ts';

export interface Platform {
  /** As they are now: live ones follow config.yaml, see live-settings.ts. */
  readonly settings: Settings;
  /** The same, for who wants to hear of changes. */
  readonly live: LiveSettings;
  /** Files of HEADSPACE_HOME. */
  readonly paths: HomePaths;
  /** Claude Code's configuration folder. */
  readonly claudeFolder: string;
  /** Id of this machine and user, as the installed hooks send it. */
  readonly hostId: string;
  /** Name of this server process in tables that have a row for each; never used twice. */
  readonly processId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For connections of one's own; it holds a password. */
  readonly connectionString: string;
  readonly pool: Pool;
  readonly locks: AdvisoryLocks;
  /** Fires first of all when the process stops: take in nothing new, end what waits. */
  readonly stopping: AbortSignal;
}
