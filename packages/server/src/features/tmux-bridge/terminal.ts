/**
 * Looks at an agent's terminal: is its own process in its own pane, in the foreground, and what is
 * on the screen? Whoever sends something believes only this, and only at once.
 */
import { readScreen, type ScreenReading } from '../../domain/screen/index.ts';
import { descendsFrom, processKin } from '../../platform/process-kin.ts';
import type { ProcessTable } from '../../platform/process-table.ts';
import type { PaneInfo, Tmux, TmuxTarget } from '../../platform/tmux/index.ts';
import type { LoadedAgent } from '../agents/index.ts';

export type TerminalSight =
  | {
      readonly kind: 'shown';
      readonly target: TmuxTarget;
      readonly pane: PaneInfo;
      readonly reading: ScreenReading;
    }
  /** Certain: nothing of the agent is in that terminal any more. */
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

interface TerminalDeps {
  readonly tmux: Tmux;
  readonly processes: ProcessTable;
}

/** Two calls of tmux at the same time, about 10 ms. */
export async function lookAtTerminal(
  { tmux, processes }: TerminalDeps,
  agent: LoadedAgent,
  signal?: AbortSignal,
): Promise<TerminalSight> {
  const { tmuxSocket: socket, tmuxPane: pane } = agent;
  if (socket === null || pane === null) {
    return { kind: 'unknown', why: 'its terminal is not known' };
  }
  const target = { socket, pane };
  const options = { escapes: true, ...(signal === undefined ? {} : { signal }) };
  const [look, captured] = await Promise.all([
    tmux.look(socket, signal),
    tmux.capture(target, options),
  ]);
  if (look.kind === 'absent') return { kind: 'gone', why: 'its tmux server is gone' };
  if (look.kind === 'unknown') return look;
  const info = look.panes.get(pane);
  if (info === undefined || info.dead) return { kind: 'gone', why: 'its pane is gone' };
  const bar = processBar(agent, info, processes);
  if (bar !== null) return bar;
  if (captured.kind === 'absent') return { kind: 'gone', why: 'its pane is gone' };
  if (captured.kind === 'unknown') return captured;
  return { kind: 'shown', target, pane: info, reading: readScreen(captured.text, info.title) };
}

/** Null where a process of the agent runs in the foreground of this pane. */
function processBar(
  agent: LoadedAgent,
  pane: PaneInfo,
  processes: ProcessTable,
): Exclude<TerminalSight, { kind: 'shown' }> | null {
  const here = knownProcesses(agent);
  if (here.length === 0) return { kind: 'unknown', why: 'its process is not known' };
  const alive = here.filter(({ pid, procStart }) => processes.presence(pid, procStart) === 'alive');
  if (alive.length === 0) {
    // What this server has never seen alive may live in another pid namespace.
    return here.every(({ seen }) => seen)
      ? { kind: 'gone', why: 'its process is gone' }
      : { kind: 'unknown', why: 'its process cannot be seen from this server' };
  }
  const inPane = alive.filter(({ pid }) => descendsFrom(pid, pane.pid) !== false);
  if (inPane.length === 0) {
    return { kind: 'unknown', why: `its process does not run in pane ${pane.id}` };
  }
  return inPane.some(({ pid }) => isInFront(pid, pane))
    ? null
    : { kind: 'unknown', why: 'Claude Code is not in the foreground of its terminal' };
}

function knownProcesses(agent: LoadedAgent): { pid: number; procStart: string; seen: boolean }[] {
  const known = agent.processes
    .filter(({ goneAt }) => goneAt === null)
    .map(({ pid, procStart, seenAliveAt }) => ({ pid, procStart, seen: seenAliveAt !== null }));
  const { sessionFile } = agent.state.activity;
  // Hooks over http carry no pid; Claude's own file has it.
  if (known.length > 0 || sessionFile === null) return known;
  return [{ pid: sessionFile.pid, procStart: '', seen: false }];
}

/** Names of the program as tmux shows them: its binary, its runtime, or its version. */
const CLAUDE_COMMAND = /^(?:claude|node|bun|\d+\.\d+\.\d+)/;

/** Not stopped behind a shell (Ctrl-Z). */
function isInFront(pid: number, pane: PaneInfo): boolean {
  const kin = processKin(pid);
  if (kin === null) return CLAUDE_COMMAND.test(pane.command);
  return kin.foreground === kin.group;
}
