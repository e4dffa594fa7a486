/**
 * The operating system's process table, asked about single processes. Works on Linux through
 * /proc; elsewhere a signal 0 tells alive from absent, without start times.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type Presence = 'alive' | 'absent';

export interface ProcessTable {
  /**
   * Whether `pid` runs and, where both start times are known, is that very process. A file read of
   * some microseconds on Linux; never call it under an agent's lock all the same.
   */
  presence(pid: number, procStart: string | null): Presence;
  /** Field 22 of /proc/<pid>/stat (start time in clock ticks since boot); null where unknown. */
  procStart(pid: number): string | null;
  /** All pids at this moment; null where the system does not list them. */
  pids(): ReadonlySet<number> | null;
}

export const processTable: ProcessTable = {
  presence(pid, procStart) {
    const current = readStart(pid);
    if (current !== null) {
      return procStart === null || procStart === '' || current === procStart ? 'alive' : 'absent';
    }
    return hasProc() ? 'absent' : signalZero(pid);
  },
  procStart: readStart,
  pids() {
    if (!hasProc()) return null;
    return new Set(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number),
    );
  },
};

/**
 * Names the table that this process sees: the boot and the start of process 1. Another value means
 * another machine, boot or pid namespace (a container). Null where /proc does not tell. The hook
 * script says the same of Claude Code's side (`x-headspace-pid-namespace`).
 */
export function pidNamespace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const first = readStart(1);
    return first === null ? null : `${boot}:${first}`;
  } catch {
    return null;
  }
}

let procAvailable: boolean | undefined;

function hasProc(): boolean {
  procAvailable ??= readStart(process.pid) !== null;
  return procAvailable;
}

/** A zombie has ended; only its parent has not noticed. */
function readStart(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field, the command in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function signalZero(pid: number): Presence {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'absent';
  }
}
