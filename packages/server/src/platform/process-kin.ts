/** Where a process stands among others: parent, process group, foreground of its terminal. Linux. */
import { readFileSync } from 'node:fs';

export interface ProcessKin {
  readonly parent: number;
  readonly group: number;
  /** Process group in the foreground of its terminal; -1 without a terminal. */
  readonly foreground: number;
}

/** Fields 4, 5 and 8 of /proc/<pid>/stat (proc_pid_stat(5)); null where they cannot be read. */
export function processKin(pid: number): ProcessKin | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field, the command in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), group: Number(fields[2]), foreground: Number(fields[5]) };
}

const DEEPEST = 64;

/** Whether `pid` is `ancestor` or one of its descendants; null where the system does not tell. */
export function descendsFrom(
  pid: number,
  ancestor: number,
  kinOf: (pid: number) => ProcessKin | null = processKin,
): boolean | null {
  let at = pid;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (at === ancestor) return true;
    const kin = kinOf(at);
    if (kin === null) return depth === 0 ? null : false;
    if (kin.parent <= 1) return false;
    at = kin.parent;
  }
  return false;
}
