/**
 * One look at this machine for all agents of a pass, and what it says of each of them. Taken
 * without any lock; the section that ends an agent judges by the same look.
 */
import {
  type FileSight,
  fileTestimony,
  type PaneSight,
  paneTestimony,
  type ProcessSight,
  processTestimony,
  type Testimony,
} from '../../domain/liveness.ts';
import type { ProcessLook, ProcessTable } from '../../platform/process-table.ts';
import type { Tmux, TmuxLook } from '../../platform/tmux/index.ts';
import type { AgentProcess, LoadedAgent } from '../agents/index.ts';
import type { FilesNow } from '../session-files/index.ts';

export interface Snapshot {
  /** When it was begun, milliseconds since 1970: what came later is newer than all of it. */
  readonly at: number;
  readonly processes: ProcessLook;
  readonly panes: ReadonlyMap<string, TmuxLook>;
  readonly files: FilesNow;
  /** Sessions whose file was seen to vanish. */
  readonly vanished: ReadonlySet<string>;
  readonly table: OwnTable;
}

export interface OwnTable {
  /** See `pidNamespace`. */
  readonly name: string | null;
  /** Milliseconds since 1970. */
  readonly bootedAt: number;
}

export interface SnapshotSources {
  readonly processes: ProcessTable;
  readonly tmux: Pick<Tmux, 'look'>;
  readonly files: () => FilesNow;
  readonly vanished: ReadonlySet<string>;
  readonly table: OwnTable;
  readonly now: () => number;
}

/** `sockets`: of the tmux servers to be asked, all at once. */
export async function takeSnapshot(
  sources: SnapshotSources,
  sockets: Iterable<string>,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const at = sources.now();
  const looks = await Promise.all(
    [...new Set(sockets)].map(
      async (socket) => [socket, await sources.tmux.look(socket, signal)] as const,
    ),
  );
  return {
    at,
    // After tmux: a pane's program that has just started is in the table then.
    processes: sources.processes.look(),
    panes: new Map(looks),
    files: sources.files(),
    vanished: sources.vanished,
    table: sources.table,
  };
}

/** What the three witnesses say of one agent. */
export function testimoniesOf(agent: LoadedAgent, snapshot: Snapshot): Testimony[] {
  const pane = paneOf(agent, snapshot);
  return [
    ...agent.processes
      .filter(({ goneAt }) => goneAt === null)
      .map((process) => processTestimony(processSight(process, agent, snapshot))),
    ...(pane === null ? [] : [pane]),
    fileTestimony(fileSight(agent, snapshot)),
  ];
}

function processSight(process: AgentProcess, agent: LoadedAgent, snapshot: Snapshot): ProcessSight {
  const { pid, procStart } = process;
  const table = tableOf(process, agent, snapshot.table);
  const presence = table === 'same' ? snapshot.processes.presence(pid, procStart) : 'unknown';
  return { pid, presence, table };
}

/** The first part of a table's name is the machine's boot, see `pidNamespace`. */
export function tableOf(
  process: AgentProcess,
  agent: LoadedAgent,
  own: OwnTable,
): ProcessSight['table'] {
  if (process.seenAliveAt === null) return 'other';
  // Rows from before tables had names: seen by a server of this host.
  if (process.seenIn === null || process.seenIn === own.name) return 'same';
  const boot = (name: string | null) => name?.split(':')[0];
  const earlier = own.name !== null && boot(process.seenIn) !== boot(own.name);
  return earlier && lastSignOf(agent) < own.bootedAt ? 'earlier_boot' : 'other';
}

/** Last hook, change of the session file or entry of the transcript that was taken in. */
export function lastSignOf({ lastSeenAt, state }: LoadedAgent): number {
  return Math.max(lastSeenAt, state.activity.edgeAt, state.activity.sessionFile?.at ?? 0);
}

function paneOf(agent: LoadedAgent, snapshot: Snapshot): Testimony | null {
  const { tmuxSocket, tmuxPane, processes } = agent;
  if (tmuxSocket === null || tmuxSocket === '' || tmuxPane === null) return null;
  const look = snapshot.panes.get(tmuxSocket);
  const pids = processes.filter(({ goneAt }) => goneAt === null).map(({ pid }) => pid);
  return paneTestimony(tmuxPane, paneSight(tmuxPane, look, snapshot.processes), pids);
}

function paneSight(id: string, look: TmuxLook | undefined, processes: ProcessLook): PaneSight {
  switch (look?.kind) {
    case undefined:
      return { kind: 'unknown', why: 'tmux was not asked' };
    case 'unknown':
      return look;
    case 'absent':
      // A socket can be tidied away from /tmp under a server that runs on.
      return runsTmux(processes)
        ? { kind: 'unknown', why: 'a tmux server runs, but not behind the socket of its pane' }
        : { kind: 'no_server' };
    case 'running':
      break;
  }
  const pane = look.panes.get(id);
  if (pane === undefined) return { kind: 'missing' };
  return { kind: 'there', dead: pane.dead, programs: processes.tree(pane.pid) };
}

/** The server calls itself `tmux: server` on Linux; without a table to look in, it may run. */
function runsTmux(processes: ProcessLook): boolean {
  return processes.all()?.some(({ command }) => command.startsWith('tmux: server')) ?? true;
}

function fileSight(agent: LoadedAgent, { files, vanished }: Snapshot): FileSight {
  if (!files.readable) return 'unknown';
  const own = files.files.filter(
    ({ pid, sessionId }) =>
      sessionId === agent.sessionId || agent.processes.some((process) => process.pid === pid),
  );
  if (own.some(files.runs)) return 'alive';
  if (own.length > 0) return 'left';
  const wasThere = agent.state.activity.sessionFile !== null || vanished.has(agent.sessionId);
  return wasThere ? 'removed' : 'unknown';
}
