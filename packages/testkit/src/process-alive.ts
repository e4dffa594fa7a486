import { readFileSync } from 'node:fs';
import { waitUntil } from './wait-until.ts';

/**
 * Whether a process with this pid runs. A zombie does not: an orphan that ended stays one for a second or two
 * where process 1 is slow to collect it.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** SIGKILL to a process that the test started, and waits until it is gone; nothing to do where it is already. */
export async function killProcess(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => !isAlive(pid), { what: `the end of process ${pid}` });
}

/** The state is the first field after the name in brackets, see proc_pid_stat(5). Elsewhere than on Linux: false. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
