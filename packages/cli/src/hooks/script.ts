/** The installed scripts and the small files beside them that they read. */
import { readFileSync, statSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HOOK_EVENTS, hookSlug } from '@headspace/contract';
import { isNotFound, writeFileAtomic, type HomePaths } from '@headspace/home';

/** Counts up with each change of a script's behaviour; status compares the text. */
export const SCRIPT_VERSION = '2';

export type ScriptState = 'installed' | 'missing' | 'outdated' | 'not executable';

/** Text of the hook script: the template with its shared parts and each event's route filled in. */
export function hookScript(): string {
  const slugs = HOOK_EVENTS.map((event) => `  ${event}) slug=${hookSlug(event)} ;;`).join('\n');
  return filled('headspace-hook.sh').replace('@SLUGS@', slugs);
}

/** Text of the script that stands as Claude Code's status line. */
export function statusLineScript(): string {
  return filled('headspace-statusline.sh');
}

/** Writes the scripts (mode 0755) where they are missing or different. True if one was written. */
export function installScripts(paths: HomePaths): boolean {
  if (scriptState(paths) === 'installed') return false;
  for (const { path, text } of scripts(paths)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileAtomic(path, text, 0o755);
  }
  return true;
}

/** State of the first script that is not as it should be. */
export function scriptState(paths: HomePaths): ScriptState {
  const states = scripts(paths).map(({ path, text }) => stateOf(path, text));
  return states.find((state) => state !== 'installed') ?? 'installed';
}

function scripts(paths: HomePaths): { path: string; text: string }[] {
  return [
    { path: paths.hookScript, text: hookScript() },
    { path: paths.statusLineScript, text: statusLineScript() },
  ];
}

function stateOf(path: string, text: string): ScriptState {
  try {
    if (readFileSync(path, 'utf8') !== text) return 'outdated';
    return statSync(path).mode & 0o100 ? 'installed' : 'not executable';
  } catch (error) {
    if (isNotFound(error)) return 'missing';
    throw error;
  }
}

function filled(name: string): string {
  return template(name)
    .replace('@VERSION@', SCRIPT_VERSION)
    .replace('@PROCESS_MARKS@\n', () => template('process-marks.sh'))
    .replace('@HOOK_AUTH@\n', () => template('hook-auth.sh'));
}

function template(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}
