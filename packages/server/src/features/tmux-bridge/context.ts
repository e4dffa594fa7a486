/** What the tmux bridge needs from outside. */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { ProcessTable } from '../../platform/process-table.ts';
import type { Tmux } from '../../platform/tmux/index.ts';
import type { AgentsContext, LoadedAgent } from '../agents/index.ts';

export interface BridgeContext extends AgentsContext {
  /** Terminals of this host only are looked at. */
  readonly hostId: string;
  readonly tmux: Tmux;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** Folder for prompts that are too long to paste. */
  readonly promptsFolder: string;
  /** Longest text that is pasted, in UTF-16 units. */
  readonly pasteLimit: number;
  /** After so long without proof a prompt is given up; milliseconds. */
  readonly graceMs: number;
  /** Since when this server takes hooks and reads transcripts; milliseconds since 1970. */
  readonly startedAt: number;
  /** Enter was pressed in this agent's terminal: an entry is about to be in its transcript. */
  readonly onEntered: (agent: LoadedAgent) => void;
}

/** Longest time that an agent's lock is held for its terminal (invariant 5 of the design). */
export const WINDOW_MS = 2_000;
/** What one look, one commit and one key need of it at the least, on a busy machine. */
export const RESERVE_MS = 300;
