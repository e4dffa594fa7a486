/** One flush at a time per spool: a folder that can be made only once, with its maker's pid. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomePaths } from './home.ts';
import { isNotFound, systemCode } from './fs-error.ts';

/** A maker that died between making the folder and writing its pid. */
const PID_LESS_MS = 10_000;

/**
 * Runs the work under the lock; `null`, without running it, while a live process holds it. Two
 * processes that find the same dead maker in the same moment may both go on: that costs a second
 * delivery, which the event ids make harmless.
 */
export async function withSpoolLock<T>(
  paths: HomePaths,
  work: () => Promise<T>,
): Promise<T | null> {
  const folder = join(paths.spool, 'flush.lock');
  if (!(await take(folder))) {
    if (!(await isStale(folder))) return null;
    await rm(folder, { recursive: true, force: true });
    if (!(await take(folder))) return null;
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function take(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(folder, 'pid'), String(process.pid));
  return true;
}

async function isStale(folder: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    if (pid > 0) return !isAlive(pid);
    const { mtimeMs } = await stat(folder);
    return mtimeMs < Date.now() - PID_LESS_MS;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const info = await stat(folder).catch(() => undefined);
    return info === undefined || info.mtimeMs < Date.now() - PID_LESS_MS;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
