/**
 * What a settings file was before the hooks were installed, so that uninstalling gives back the
 * same bytes where nothing else has changed. One file per settings file, mode 0600: settings may
 * hold secrets.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type HomePaths, isNotFound, writeFileAtomic } from '@headspace/home';
import { isRecord } from './entries.ts';

export interface InstallRecord {
  readonly settingsFile: string;
  /** The bytes before; undefined where there was no file. */
  readonly before: Buffer | undefined;
  /** SHA-256 (hex) of what was written. */
  readonly afterSha256: string;
  /** Version of Claude Code that the entries were made for; undefined where it was not known. */
  readonly claudeVersion: string | undefined;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function readInstallRecord(paths: HomePaths, file: string): InstallRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(recordPath(paths, file), 'utf8'));
  } catch (error) {
    // A record that cannot be read only costs the byte-exact way back.
    if (isNotFound(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isRecord(parsed) || parsed['settingsFile'] !== file) return undefined;
  const { before, afterSha256, claudeVersion } = parsed;
  if (typeof afterSha256 !== 'string') return undefined;
  return {
    settingsFile: file,
    before: typeof before === 'string' ? Buffer.from(before, 'base64') : undefined,
    afterSha256,
    claudeVersion: typeof claudeVersion === 'string' ? claudeVersion : undefined,
  };
}

export function writeInstallRecord(paths: HomePaths, record: InstallRecord): void {
  const { settingsFile, before, ...rest } = record;
  const json = { settingsFile, before: before?.toString('base64') ?? null, ...rest };
  writeFileAtomic(
    recordPath(paths, settingsFile),
    `${JSON.stringify(json, undefined, 2)}\n`,
    0o600,
  );
}

export function deleteInstallRecord(paths: HomePaths, file: string): void {
  rmSync(recordPath(paths, file), { force: true });
}

function recordPath(paths: HomePaths, file: string): string {
  return join(paths.installs, `${sha256(Buffer.from(file)).slice(0, 16)}.json`);
}
