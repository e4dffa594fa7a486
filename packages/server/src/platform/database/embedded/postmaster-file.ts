/**
 * `postmaster.pid`, the file in which a running PostgreSQL names itself in its data folder.
 * Format: PostgreSQL source, src/include/utils/pidfile.h (one fact per line).
 */
import { execFile } from 'node:child_process';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from '../../error-code.ts';

const run = promisify(execFile);

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty before PostgreSQL wrote it. */
  readonly status: string;
}

/** The file's content, or undefined when there is none. A half-written file reads as starting. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  const lines = text.split('\n').map((line) => line.trim());
  return { pid: Number(lines[0] ?? 0), port: Number(lines[3] ?? 0), status: lines[7] ?? '' };
}

/**
 * The PostgreSQL that runs on this data folder now, or undefined. A file that was left behind,
 * also one whose pid now belongs to some other process, does not count.
 */
export async function runningPostmaster(dataDir: string): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(dataDir);
  if (file === undefined || file.pid <= 0) return undefined;
  return (await servesFolder(file.pid, dataDir)) ? file : undefined;
}

/** True when the process lives and is the PostgreSQL server of this data folder (a real path). */
export async function servesFolder(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const proc = `/proc/${String(pid)}`;
    try {
      // PostgreSQL works inside its data folder.
      const [name, folder] = await Promise.all([
        readFile(`${proc}/comm`, 'utf8'),
        readlink(`${proc}/cwd`),
      ]);
      return name.trim() === 'postgres' && folder === dataDir;
    } catch (error) {
      // EACCES: a process of another account, so not the one we started.
      if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return false;
      throw error;
    }
  }
  try {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.includes(`-D ${dataDir}`);
  } catch {
    return false; // ps exits 1 when there is no such process.
  }
}

/**
 * Makes a left-behind file harmless where its pid was given to another process of the same
 * account, for which PostgreSQL would refuse to start. PostgreSQL ignores the pid of its own
 * parent; the rest of the file stays, because it names the shared memory by which PostgreSQL
 * recognises children of a dead server that still use the data.
 */
export async function disarmPostmasterFile(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'postmaster.pid');
  try {
    const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(process.pid), ...rest].join('\n'));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
