/** A settings file on disk: read with care, replaced in one step. */
import { isNotFound } from '@headspace/home';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../errors.ts';

const BOM = '\uFEFF';

export interface SettingsFile {
  /** The real file, behind symbolic links. */
  readonly path: string;
  /** Bytes as read; undefined where there is no file. */
  readonly bytes: Buffer | undefined;
  /** Text without a byte order mark; empty where there is no file. */
  readonly text: string;
  readonly hasBom: boolean;
}

/** Reads the file. Throws CliError where it is there but cannot be read as UTF-8 text. */
export function readSettingsFile(path: string): SettingsFile {
  const target = followLinks(resolve(path));
  let bytes: Buffer;
  try {
    bytes = readFileSync(target);
  } catch (error) {
    if (isNotFound(error)) return { path: target, bytes: undefined, text: '', hasBom: false };
    throw new CliError(`${target} cannot be read: ${String(error)}`);
  }
  try {
    // ignoreBOM keeps the mark in the text, so that it can be put back.
    const raw = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const hasBom = raw.startsWith(BOM);
    return { path: target, bytes, text: hasBom ? raw.slice(1) : raw, hasBom };
  } catch (error) {
    throw new CliError(`${target} is not UTF-8 text; it was not touched`, { cause: error });
  }
}

/** Bytes of a new text for the file, with its byte order mark if it had one. */
export function encode(file: SettingsFile, text: string): Buffer {
  return Buffer.from(file.hasBom ? BOM + text : text, 'utf8');
}

/**
 * Replaces the file's content, or deletes the file where `bytes` is undefined. Refuses if somebody
 * changed it since it was read. A crash leaves the old or the new file, never a part.
 */
export function writeSettingsFile(file: SettingsFile, bytes: Buffer | undefined): void {
  const now = readSettingsFile(file.path);
  const same = file.bytes ? now.bytes?.equals(file.bytes) : now.bytes === undefined;
  if (!same) {
    throw new CliError(`${file.path} was changed by somebody else meanwhile`, {
      hint: 'Run the command again; nothing was written.',
    });
  }
  const folder = dirname(file.path);
  if (bytes === undefined) {
    rmSync(file.path, { force: true });
    return;
  }
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.headspace-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    writeFileSync(temporary, bytes, { mode: 0o600, flush: true });
    keepOwnerAndMode(file.path, temporary);
    renameSync(temporary, file.path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function keepOwnerAndMode(from: string, to: string): void {
  try {
    const old = statSync(from);
    chmodSync(to, old.mode & 0o7777);
    const mine = statSync(to);
    if (old.uid !== mine.uid || old.gid !== mine.gid) chownSync(to, old.uid, old.gid);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The file behind symbolic links, also where the last one points to nothing yet. */
function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return followLinks(resolve(dirname(path), readlinkSync(path)));
  } catch {
    return path;
  }
}
