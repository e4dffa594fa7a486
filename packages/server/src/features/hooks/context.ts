/** What the hooks feature needs from outside. */
import type { Logger } from 'pino';
import type { ProcessTable } from '../../platform/process-table.ts';
import type { AgentsContext, LoadedAgent } from '../agents/index.ts';

export interface HooksContext extends AgentsContext {
  /** This server's host id: the one that hooks installed on this machine send. */
  hostId: string;
  /** Names this process in counters. */
  processId: string;
  processes: ProcessTable;
  /** Names the process table that `processes` asks; null where the system does not tell. */
  pidNamespace: string | null;
  /** Claude's session file on this host names the session, and its process runs. */
  sessionFileAlive: (sessionId: string) => boolean;
  maxTries: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Events have been applied to these agents; how they stand now. */
  onApplied?: (agents: readonly LoadedAgent[]) => void;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}
