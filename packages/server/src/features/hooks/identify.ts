/**
 * Recognises the process behind a hook in this host's process table. An agent sends many hooks in
 * a second; one look a second at each process is enough, for the watch of processes sees their end.
 */
import type { ProcessTable } from '../../platform/process-table.ts';

const FRESH_MS = 1_000;
const LIMIT = 5_000;

export type Identity = { procStart: string | null } | null;

export function createIdentify(
  table: ProcessTable,
  now: () => number,
): (pid: number, procStart: string | null) => Identity {
  const known = new Map<string, { at: number; identity: Identity }>();
  return (pid, procStart) => {
    const key = `${pid} ${procStart ?? ''}`;
    const at = now();
    const seen = known.get(key);
    if (seen !== undefined && at >= seen.at && at - seen.at < FRESH_MS) return seen.identity;
    const alive = table.presence(pid, procStart) === 'alive';
    const identity = alive ? { procStart: table.procStart(pid) } : null;
    if (known.size >= LIMIT) known.clear();
    known.set(key, { at, identity });
    return identity;
  };
}
