/**
 * The user's own status line command, kept beside our script, which runs it. One file per settings
 * file, named by an id that stands in the settings as our script's argument.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isNotFound, writeFileAtomic, type HomePaths } from '@headspace/home';
import { sha256 } from './install-record.ts';

export function commandId(settingsFile: string): string {
  return sha256(Buffer.from(settingsFile)).slice(0, 16);
}

/** Null where the user has no status line. */
export function readOwnCommand(paths: HomePaths, settingsFile: string): string | null {
  try {
    return readFileSync(commandPath(paths, settingsFile), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export function keepOwnCommand(
  paths: HomePaths,
  settingsFile: string,
  command: string | null,
): void {
  const path = commandPath(paths, settingsFile);
  if (command === null) rmSync(path, { force: true });
  else writeFileAtomic(path, command, 0o600);
}

function commandPath(paths: HomePaths, settingsFile: string): string {
  return join(paths.statusLine, `${commandId(settingsFile)}.command`);
}
