/** Version of the installed Claude Code. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userHome } from '@headspace/home';
import { isAtLeast } from './events.ts';

const run = promisify(execFile);

export interface ClaudeVersion {
  readonly version: string;
  /** The program or the file that told it. */
  readonly source: string;
}

/**
 * Asks `claude --version` (on the PATH, then where the installers put it), then the session files
 * that Claude Code writes (`sessions/<pid>.json` has the version). Undefined where none tells.
 */
export async function findClaudeVersion(
  env: Readonly<Record<string, string | undefined>>,
  configDir: string,
): Promise<ClaudeVersion | undefined> {
  const home = userHome(env);
  const programs = [
    'claude',
    join(home, '.local', 'bin', 'claude'),
    join(home, '.claude', 'local', 'claude'),
  ];
  for (const program of programs) {
    try {
      const { stdout } = await run(program, ['--version'], { timeout: 5000, env: { ...env } });
      const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
      if (version) return { version, source: program };
    } catch {
      // Not there, or not able to run: the next place may tell.
    }
  }
  return fromSessionFiles(join(configDir, 'sessions'));
}

async function fromSessionFiles(folder: string): Promise<ClaudeVersion | undefined> {
  let newest: ClaudeVersion | undefined;
  for (const name of await readdir(folder).catch(() => [])) {
    const source = join(folder, name);
    const text = name.endsWith('.json') ? await readFile(source, 'utf8').catch(() => '') : '';
    const version = /"version"\s*:\s*"(\d+\.\d+\.\d+)"/.exec(text)?.[1];
    if (version && (!newest || isAtLeast(version, newest.version))) newest = { version, source };
  }
  return newest;
}
