/** `config.yaml` as it is on disk: its text and the tag that names this content. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNotFound } from '../fs-error.ts';
import { ConfigSyntaxError } from './read-config.ts';

export interface ConfigText {
  /** Undefined where there is no file. */
  readonly bytes: Buffer | undefined;
  /** As an HTTP entity tag, with its quotes. The same content has the same tag. */
  readonly etag: string;
}

/** Throws what the file system says, unless the file is not there. */
export function readConfigText(path: string): ConfigText {
  const bytes = readOptional(path);
  return { bytes, etag: etagOf(bytes) };
}

function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function etagOf(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '"none"';
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
}

/** The text, with its byte order mark; empty where there is no file. Throws ConfigSyntaxError. */
export function decode({ bytes }: ConfigText): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigSyntaxError('is not UTF-8 text', null);
  }
}

/** The text, for reading settings: bytes that are none give a text that is refused as settings. */
export function decodeLoosely(text: ConfigText): string {
  try {
    return decode(text);
  } catch (error) {
    if (error instanceof ConfigSyntaxError) return '"not UTF-8 text"';
    throw error;
  }
}

/** The file behind symbolic links, also where the last one points to nothing yet. */
export function behindLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return behindLinks(resolve(dirname(path), readlinkSync(path)));
  } catch {
    return resolve(path);
  }
}
