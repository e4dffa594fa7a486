/**
 * One read, change and write of `config.yaml`, as one step to everybody else. All of it is
 * synchronous: the lock around it is never held while anything is waited for.
 *
 * The lock keeps writers apart; this is what makes it safe when the lock does not (a holder that was
 * stopped, taken over, and goes on). Each writer
 *
 *   1. makes its own temporary file   2. deletes those of all others   3. reads   4. renames its own
 *
 * A rename whose file is gone fails. So of two writers that are in here at once, either the later
 * reader has seen the earlier rename, or one has lost its file: no update is ever overwritten.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { isNotFound } from '../fs-error.ts';
import { behindLinks, readConfigText, type ConfigText } from './config-text.ts';

/** Gives the new content; null leaves the file as it is. What it throws is thrown. */
export type Edit = (current: ConfigText) => string | null;

export interface Replaced {
  readonly text: ConfigText;
  readonly changed: boolean;
}

/** Null where another writer came in between: nothing was written, and it has to be done again. */
export function replaceFile(path: string, edit: Edit): Replaced | null {
  const target = behindLinks(path);
  const temporary = `${temporaryStart(target)}${String(process.pid)}-${randomBytes(6).toString('hex')}`;
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    for (const other of temporariesOf(target)) {
      if (other !== temporary) rmSync(other, { force: true });
    }
    const before = readConfigText(target);
    const content = edit(before);
    if (content === null) return { text: before, changed: false };
    writeFileSync(handle, content);
    keepOwnerAndMode(target, handle);
    fsyncSync(handle);
    // Editors know no lock. What they wrote meanwhile is taken up in the next round.
    if (readConfigText(target).etag !== before.etag) return null;
    if (!renamed(temporary, target)) return null;
    syncFolder(dirname(target));
    return { text: readConfigText(target), changed: true };
  } finally {
    closeSync(handle);
    rmSync(temporary, { force: true });
  }
}

/** Files of writers that are at work, or died at it. */
export function temporariesOf(target: string): string[] {
  const start = basename(temporaryStart(target));
  const folder = dirname(target);
  return readdirSync(folder)
    .filter((name) => name.startsWith(start))
    .map((name) => join(folder, name));
}

function temporaryStart(target: string): string {
  return join(dirname(target), `.${basename(target)}.headspace-`);
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function keepOwnerAndMode(target: string, handle: number): void {
  const old = statSync(target, { throwIfNoEntry: false });
  if (!old) return;
  const mine = fstatSync(handle);
  if (old.uid !== mine.uid || old.gid !== mine.gid) fchownSync(handle, old.uid, old.gid);
  fchmodSync(handle, old.mode & 0o7777);
}

/** The new name is on disk when this returns. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
