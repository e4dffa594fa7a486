/**
 * The folder of session files: what is in it, what has changed since the last look. Files are read
 * only when their time, size or inode differs.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSessionFile, type SessionFile } from './session-file.ts';

/** The files are a few hundred bytes; anything much larger is not one of them. */
const MAX_BYTES = 64 * 1024;
/** Looks at one time: one after the other costs three times the CPU. */
const AT_ONCE = 64;

interface Entry {
  stamp: string;
  modifiedAt: number;
  file: SessionFile | null;
}

export interface FolderChange {
  /** New or changed content, and when it was written by the clock of the file system (ms). */
  changed: { file: SessionFile; modifiedAt: number }[];
  /** Removed since the last look: Claude Code removes its file when it exits. */
  removed: SessionFile[];
  /** Nothing had been read before this look. */
  first: boolean;
}

export class SessionFolder {
  readonly path: string;
  private entries: Map<string, Entry> | null = null;
  private present = false;

  constructor(path: string) {
    this.path = path;
  }

  /** False before the first look, and where the folder was not there: then no file is missed. */
  get readable(): boolean {
    return this.present;
  }

  /** The files as last read. */
  files(): SessionFile[] {
    return [...(this.entries?.values() ?? [])].flatMap(({ file }) => (file === null ? [] : [file]));
  }

  /** Whether the file of this process was there at the last look. */
  has({ pid }: SessionFile): boolean {
    return this.entries?.has(`${String(pid)}.json`) ?? false;
  }

  /** Reads what changed. A folder that does not exist is empty. */
  async look(): Promise<FolderChange> {
    const before = this.entries;
    const entries = new Map<string, Entry>();
    const changed: FolderChange['changed'] = [];
    const names = await this.names();
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE);
      const read = await Promise.all(some.map(async (name) => this.read(name, before?.get(name))));
      for (const [n, name] of some.entries()) {
        const entry = read[n] ?? null;
        if (entry === null) continue;
        entries.set(name, entry);
        if (entry.file !== null && entry !== before?.get(name)) {
          changed.push({ file: entry.file, modifiedAt: entry.modifiedAt });
        }
      }
    }
    this.entries = entries;
    const removed = [...(before ?? [])].flatMap(([name, { file }]) =>
      file !== null && !entries.has(name) ? [file] : [],
    );
    return { changed, removed, first: before === null };
  }

  private async names(): Promise<string[]> {
    try {
      const names = await readdir(this.path);
      this.present = true;
      return names.filter((name) => /^\d{1,10}\.json$/.test(name));
    } catch (error) {
      this.present = false;
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Null for a file that has vanished meanwhile. */
  private async read(name: string, known: Entry | undefined): Promise<Entry | null> {
    const path = join(this.path, name);
    try {
      const { mtimeMs, size, ino, ctimeMs } = await stat(path);
      const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      if (known?.stamp === stamp) return known;
      const seen = { stamp, modifiedAt: mtimeMs };
      if (size > MAX_BYTES) return { ...seen, file: null };
      const file = parseSessionFile(name, await readFile(path, 'utf8'));
      // Half written: keep what was known until the rest is there.
      return file === null && known !== undefined ? { ...known, stamp } : { ...seen, file };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
