import { waitUntil } from './wait-until.ts';

/** Whether a process with this pid exists; a zombie counts as alive until its parent has waited for it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** SIGKILL to a process that the test started, and waits until it is gone; nothing to do where it is already. */
export async function killProcess(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => !isAlive(pid), { what: `the end of process ${pid}` });
}
