/** Temporary homes with the installed script, and runs of it as Claude Code makes them. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HomePaths, ensureHome, homePaths, writeHookUrl } from '@headspace/home';
import { shellQuote } from '../hooks/entries.ts';
import { commandId, keepOwnCommand } from '../hooks/own-command.ts';
import { installScripts } from '../hooks/script.ts';

export interface TemporaryHome extends Disposable {
  readonly paths: HomePaths;
  readonly folder: string;
  /** Names of the events that lie in the spool, oldest first. */
  readonly spooled: () => string[];
}

/** A home below a folder of its own, with the script installed for a server at `url`. */
export function temporaryHome(url: string, name = 'home'): TemporaryHome {
  const folder = mkdtempSync(join(tmpdir(), 'headspace-cli-'));
  const paths = homePaths({ HEADSPACE_HOME: join(folder, name) });
  ensureHome(paths);
  installScripts(paths);
  writeHookUrl(paths, url);
  return {
    paths,
    folder,
    spooled: () =>
      readdirSync(paths.spool)
        .filter((file) => file.endsWith('.event'))
        .sort(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface HookRunOptions {
  readonly home: TemporaryHome;
  readonly event?: string;
  readonly payload?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Shell that reads the script, e.g. `['busybox', 'sh']`; else `sh -c` as Claude Code does. */
  readonly shell?: readonly string[];
}

export interface HookRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs the script once with the payload on standard input. */
export async function runHook(options: HookRunOptions): Promise<HookRun> {
  const { home, event = 'PreToolUse', payload = '{"session_id":"s"}', env = {}, shell } = options;
  const script = home.paths.hookScript;
  const command = shell
    ? [...shell, script, event]
    : ['/bin/sh', '-c', `${shellQuote(script)} ${event}`];
  return runCommand(command, payload, env);
}

export interface StatusLineRunOptions {
  readonly home: TemporaryHome;
  /** The user's own command. */
  readonly own?: string | null;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: readonly string[];
}

/** Runs the status line script once, as if this process were Claude Code. */
export async function runStatusLine(options: StatusLineRunOptions): Promise<HookRun> {
  const { home, own = null, input = '{"session_id":"s"}\n', env = {}, shell } = options;
  const script = home.paths.statusLineScript;
  keepOwnCommand(home.paths, 'settings', own);
  const id = commandId('settings');
  const command = shell ? [...shell, script, id] : ['/bin/sh', '-c', `${shellQuote(script)} ${id}`];
  return runCommand(command, input, env);
}

export async function runCommand(
  [program = '', ...args]: readonly string[],
  input: string,
  env: Readonly<Record<string, string>> = {},
): Promise<HookRun> {
  const started = performance.now();
  const child = spawn(program, args, { env: { PATH: '/usr/bin:/bin', ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout, stderr, milliseconds: performance.now() - started };
}
