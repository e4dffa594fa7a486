/** The installed hook script and the small files beside it that it reads. */
import { readFileSync, statSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HOOK_EVENTS, hookSlug } from '@headspace/contract';
import { isNotFound, writeFileAtomic, type HomePaths } from '@headspace/home';

/** Counts up with each change of the script's behaviour; status compares it. */
export const SCRIPT_VERSION = '1';

export type ScriptState = 'installed' | 'missing' | 'outdated' | 'not executable';

/** Text of the script: the template with the version and the route of each event filled in. */
export function hookScript(): string {
  const template = readFileSync(new URL('./headspace-hook.sh', import.meta.url), 'utf8');
  const slugs = HOOK_EVENTS.map((event) => `  ${event}) slug=${hookSlug(event)} ;;`).join('\n');
  return template.replace('@VERSION@', SCRIPT_VERSION).replace('@SLUGS@', slugs);
}

/** Writes the script (mode 0755) where it is missing or different. True if it was written. */
export function installScript(paths: HomePaths): boolean {
  if (scriptState(paths) === 'installed') return false;
  mkdirSync(dirname(paths.hookScript), { recursive: true, mode: 0o700 });
  writeFileAtomic(paths.hookScript, hookScript(), 0o755);
  return true;
}

export function scriptState(paths: HomePaths): ScriptState {
  try {
    if (readFileSync(paths.hookScript, 'utf8') !== hookScript()) return 'outdated';
    return statSync(paths.hookScript).mode & 0o100 ? 'installed' : 'not executable';
  } catch (error) {
    if (isNotFound(error)) return 'missing';
    throw error;
  }
}
