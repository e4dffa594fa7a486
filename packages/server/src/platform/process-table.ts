/**
 * The operating system's process table. Works on Linux through /proc; elsewhere a signal 0 tells
 * alive from absent, without start times and without the tree.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode } from './error-code.ts';

/** `unknown` where the table could not be read: a failure to look is no absence. */
export type Presence = 'alive' | 'absent' | 'unknown';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** At most 15 characters of its name (Linux: the second field of /proc/<pid>/stat). */
  readonly command: string;
  readonly procStart: string;
}

/** The table at one moment, for a pass over many agents. */
export interface ProcessLook {
  /** As `ProcessTable.presence`, for many processes at the price of one look. */
  presence(pid: number, procStart: string | null): Presence;
  /** `pid` and all that descends from it; null where the system does not tell. */
  tree(pid: number): readonly RunningProcess[] | null;
  /** Every process there is; null where the system does not tell. */
  all(): readonly RunningProcess[] | null;
}

export interface ProcessTable {
  /**
   * Whether `pid` runs and, where both start times are known, is that very process. A file read of
   * some microseconds on Linux; never call it under an agent's lock all the same.
   */
  presence(pid: number, procStart: string | null): Presence;
  /** Field 22 of /proc/<pid>/stat (start time in clock ticks since boot); null where unknown. */
  procStart(pid: number): string | null;
  /** One look at all processes; see `ProcessLook`. Some hundred microseconds. */
  look(): ProcessLook;
}

export const processTable: ProcessTable = createProcessTable();

/**
 * Between two looks closer than this no pid comes round again, so a process that was recognised by
 * its start time and is still listed needs no second read.
 */
const SAME_PID_MS = 5_000;

function createProcessTable(): ProcessTable {
  /** Processes recognised by pid and start time, and listed in every look since. */
  let recognised = new Map<number, string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    presence: readPresence,
    procStart: (pid) => orNull(() => readStat(pid)?.procStart) ?? null,
    look() {
      const pids = listPids();
      const now = performance.now();
      const close = now - lookedAt <= SAME_PID_MS;
      recognised = new Map([...recognised].filter(([pid]) => close && pids?.has(pid) === true));
      lookedAt = now;
      return createLook(pids, recognised);
    },
  };
}

function createLook(
  pids: ReadonlySet<number> | null,
  recognised: Map<number, string>,
): ProcessLook {
  let table: ReturnType<ProcessLook['all']> | undefined;
  let children: Map<number, RunningProcess[]> | undefined;
  const all = () => (table ??= orNull(() => (pids === null ? null : readAll(pids))));
  return {
    all,
    presence(pid, procStart) {
      if (pids?.has(pid) === true && procStart !== null && recognised.get(pid) === procStart) {
        return 'alive';
      }
      // A pid that is not listed is looked at once more: the list is not made in one moment.
      const presence = readPresence(pid, procStart);
      if (presence === 'alive' && procStart !== null && procStart !== '') {
        recognised.set(pid, procStart);
      }
      return presence;
    },
    tree(root) {
      const everything = all();
      if (everything === null) return null;
      children ??= Map.groupBy(everything, ({ parent }) => parent);
      const found = everything.filter(({ pid }) => pid === root);
      for (let next = 0; next < found.length; next++) {
        found.push(...(children.get(found[next]?.pid ?? -1) ?? []));
      }
      return found;
    },
  };
}

function readAll(pids: ReadonlySet<number>): RunningProcess[] {
  return [...pids].flatMap((pid) => readStat(pid) ?? []);
}

function listPids(): ReadonlySet<number> | null {
  return orNull(() => {
    if (!hasProc()) return null;
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return new Set(names.map(Number));
  });
}

function readPresence(pid: number, procStart: string | null): Presence {
  return (
    orNull(() => {
      const current = readStat(pid);
      if (current === null) return hasProc() ? 'absent' : signalZero(pid);
      const same = procStart === null || procStart === '' || current.procStart === procStart;
      return same ? 'alive' : 'absent';
    }) ?? 'unknown'
  );
}

/**
 * Names the table that this process sees: the boot and the start of process 1. Another value means
 * another machine, boot or pid namespace (a container). Null where /proc does not tell. The hook
 * script says the same of Claude Code's side (`x-headspace-pid-namespace`).
 */
export function pidNamespace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const first = readStat(1);
    return first === null ? null : `${boot}:${first.procStart}`;
  } catch {
    return null;
  }
}

let procAvailable: boolean | undefined;

/** Throws what reading throws. */
function hasProc(): boolean {
  procAvailable ??= readStat(process.pid) !== null;
  return procAvailable;
}

/**
 * Null where there is no such process; a zombie has ended, only its parent has not noticed. Throws
 * where the table cannot be read (too many open files, no permission): that says nothing of it.
 */
function readStat(pid: number): RunningProcess | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
  // The second field, the command in parentheses, may itself hold spaces and parentheses.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X' || fields[19] === undefined) return null;
  return {
    pid,
    parent: Number(fields[1]),
    command: stat.slice(stat.indexOf('(') + 1, end),
    procStart: fields[19],
  };
}

/** `read`, or null where the table cannot be read. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function signalZero(pid: number): Presence {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'absent';
  }
}
