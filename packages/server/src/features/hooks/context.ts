/** What the hooks feature needs from outside. */
import type { Logger } from 'pino';
import type { ProcessTable } from '../../platform/process-table.ts';
import type { Hook } from '../../domain/hook.ts';
import type { AgentsContext, AlsoWrite, LoadedAgent, Section } from '../agents/index.ts';
import type { Envelope, StoredEvent } from './envelope.ts';

/** Claude's hook-output JSON; null for an empty answer. */
export type HookAnswer = Record<string, unknown> | null;

/** An event that a section has applied, or kept as history, for the features beside it. */
export interface AppliedHook {
  readonly agent: LoadedAgent;
  readonly hook: Hook;
  /** hook_events.id and event_id. */
  readonly id: number;
  readonly eventId: string;
  readonly sessionId: string;
  /** Whether Claude Code waits for the answer. */
  readonly answerable: boolean;
}

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
  /** What other features do at these events, in the section's own transaction. */
  alongside?: (section: Section, applied: readonly AppliedHook[]) => Promise<AlsoWrite | undefined>;
  /** Claude's hook output for an event that has been applied; null where there is nothing to say. */
  answerTo?: (event: StoredEvent, withinMs: number) => Promise<HookAnswer>;
  /** An event has come again from the spool: the answer to its first coming was not taken. */
  cameAgain?: (event: Envelope) => Promise<void>;
  /** Events have been applied to these agents; how they stand now. */
  onApplied?: (agents: readonly LoadedAgent[]) => void;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}
