/**
 * A real tmux server of the test's own: own socket in a temporary folder, no user configuration, an
 * environment with nothing but what the test gives. It never touches another tmux server.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil, type WaitOptions } from './wait-until.ts';

const execFileAsync = promisify(execFile);

/** What an interactive `sh` shows when it takes a command; the hash is for root. */
export const shellPrompt = /^[$#] ?$/m;

type Environment = Readonly<Record<string, string>>;

/** tmux needs a path for its children and a terminal type; the language makes it write UTF-8. */
const baseEnvironment = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
};

export interface PaneOptions {
  /** Working directory of the pane; default the temporary folder of the server. */
  readonly cwd?: string;
  /** The pane's whole environment besides PATH, TERM, LANG and what tmux adds. */
  readonly env?: Environment;
  /** Shell command line; default an interactive `sh`. */
  readonly command?: string;
  /** Characters; default 200 x 50. */
  readonly columns?: number;
  readonly rows?: number;
}

export interface TmuxPane {
  /** tmux's id of the pane, such as `%1`; unique only together with `socketPath`. */
  readonly id: string;
  readonly socketPath: string;
  /** The visible screen; with `ansi` the escape sequences too. */
  capture(options?: { readonly ansi?: boolean }): Promise<string>;
  /** A tmux format such as `#{pane_pid}`, expanded for this pane. */
  expand(format: string): Promise<string>;
  /** Pastes text in brackets, as a person's paste arrives. No Enter. */
  paste(text: string): Promise<void>;
  /** Presses keys by tmux's names, such as `Enter`, `Escape`, `C-c`, `1`. */
  press(...keys: string[]): Promise<void>;
  /** Resolves to the screen once it matches. */
  waitForScreen(pattern: RegExp, options?: WaitOptions): Promise<string>;
  /** Ends the pane and what runs in it (SIGHUP, as closing a window does). */
  close(): Promise<void>;
}

export interface Tmux extends AsyncDisposable {
  readonly socketPath: string;
  /** Runs one tmux command on this server and resolves to its output. */
  run(...args: string[]): Promise<string>;
  /** A new session with one pane; a pane with a shell is at its prompt. */
  openPane(options?: PaneOptions): Promise<TmuxPane>;
}

/** True where a tmux binary can be run. */
export async function hasTmux(): Promise<boolean> {
  return execFileAsync('tmux', ['-V']).then(
    () => true,
    () => false,
  );
}

/** Starts a tmux server; disposing it ends the server, all panes and the temporary folder. */
export async function createTmux(): Promise<Tmux> {
  const folder = await mkdtemp(join(tmpdir(), 'headspace-tmux-'));
  const socketPath = join(folder, 'tmux.sock');
  const runWith = async (env: Environment, args: readonly string[]): Promise<string> => {
    const command = ['-S', socketPath, '-f', '/dev/null', ...args];
    const options = { env: { ...baseEnvironment, HOME: folder, ...env } };
    const { stdout } = await execFileAsync('tmux', command, options);
    return stdout;
  };
  const run = async (...args: string[]): Promise<string> => runWith({}, args);
  // The keeper holds the server open between panes, and ends it if the test process dies without cleaning up.
  const keeper = `while kill -0 ${process.pid} 2>/dev/null; do sleep 1; done; tmux -S '${socketPath}' kill-server`;
  await run('new-session', '-d', '-s', 'keeper', keeper);
  await run('set-option', '-g', 'remain-on-exit', 'off');
  return {
    socketPath,
    run,
    async openPane(options = {}) {
      // A new pane takes PATH from the tmux client that opens it, all else from the -e options.
      const opened = await runWith(options.env ?? {}, openCommand({ cwd: folder, ...options }));
      const pane = paneOf(run, socketPath, opened.trim());
      if (options.command === undefined) await pane.waitForScreen(shellPrompt);
      return pane;
    },
    async [Symbol.asyncDispose]() {
      await run('kill-server').catch(() => undefined);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function openCommand({
  cwd,
  env = {},
  command = 'exec sh',
  columns = 200,
  rows = 50,
}: PaneOptions & { readonly cwd: string }): string[] {
  const environment = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const place = ['-c', cwd, '-x', String(columns), '-y', String(rows)];
  return ['new-session', '-d', '-P', '-F', '#{pane_id}', ...place, ...environment, command];
}

function paneOf(run: Tmux['run'], socketPath: string, id: string): TmuxPane {
  const pane: TmuxPane = {
    id,
    socketPath,
    capture: async ({ ansi = false } = {}) =>
      run('capture-pane', '-p', ...(ansi ? ['-e'] : []), '-t', id),
    expand: async (format) => (await run('display-message', '-p', '-t', id, format)).trim(),
    async paste(text) {
      const buffer = `headspace-${id}`;
      await run('set-buffer', '-b', buffer, '--', text);
      await run('paste-buffer', '-p', '-d', '-b', buffer, '-t', id);
    },
    async press(...keys) {
      await run('send-keys', '-t', id, ...keys);
    },
    async waitForScreen(pattern, options = {}) {
      let last = '';
      return waitUntil(
        async () => {
          last = await pane.capture();
          return pattern.test(last) ? last : undefined;
        },
        { what: () => `${pattern} on the screen, which shows:\n${last.trimEnd()}`, ...options },
      );
    },
    async close() {
      await run('kill-pane', '-t', id);
    },
  };
  return pane;
}
