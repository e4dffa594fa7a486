/**
 * Opens a transcript, if it is one. The path comes out of a hook's payload, so it is nobody's word:
 * only a regular file that really lies under Claude's projects folder is ever opened.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './missing.ts';

export type Opened =
  | { kind: 'file'; handle: FileHandle; size: number; inode: string }
  | { kind: 'missing' }
  | { kind: 'refused'; why: string };

/** The caller closes the handle. */
export async function openTranscript(projectsFolder: string, file: string): Promise<Opened> {
  try {
    const real = await realpath(file);
    const refusal = await whyRefused(projectsFolder, file, real);
    if (refusal !== null) return { kind: 'refused', why: refusal };
    // NONBLOCK: opening a pipe would wait for its writer for ever.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(real, flags);
    const { size, ino, dev, isRegular } = await handle
      .stat({ bigint: true })
      .then((stats) => ({ ...stats, isRegular: stats.isFile() }));
    if (!isRegular) {
      await handle.close();
      return { kind: 'refused', why: 'it is no regular file' };
    }
    return { kind: 'file', handle, size: Number(size), inode: `${dev}:${ino}` };
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'ENXIO') {
      return { kind: 'refused', why: `it cannot be opened (${code})` };
    }
    throw error;
  }
}

async function whyRefused(
  projectsFolder: string,
  file: string,
  real: string,
): Promise<string | null> {
  if (!path.isAbsolute(file)) return 'its path is not absolute';
  const inside = path.relative(await realpath(projectsFolder), real);
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) {
    return "it lies outside Claude's projects folder";
  }
  return real.endsWith('.jsonl') ? null : 'its name does not end in .jsonl';
}
