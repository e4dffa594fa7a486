/** Sessions of our own: starting a program in a new one, looking at it, ending it. */
import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { runTmux, type TmuxAnswer } from './run-tmux.ts';
import { checkSocket } from './target.ts';

export interface NewSession {
  /** No `.` and no `:`. */
  readonly name: string;
  /** Absolute path. */
  readonly cwd: string;
  /** Program and arguments, started without a shell. */
  readonly command: readonly string[];
  /** Added to the environment of the tmux server. */
  readonly env: Readonly<Record<string, string>>;
}

export interface SessionPane {
  readonly pane: string;
  readonly pid: number;
  /** The program has ended; its last screen is kept. */
  readonly dead: boolean;
}

export type SessionLook =
  | { readonly kind: 'there'; readonly pane: SessionPane }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string };

export type SessionStart =
  | { readonly kind: 'started' }
  /** There is a session of that name already. */
  | { readonly kind: 'exists' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface TmuxSessions {
  /**
   * Starts a session with one pane of 200 x 50 characters; where no tmux server runs behind the
   * socket, one is started, with an environment of its own and not this process's.
   */
  start(socket: string, session: NewSession): Promise<SessionStart>;
  /** The first pane of a session. */
  look(socket: string, name: string): Promise<SessionLook>;
  /**
   * What a program that has ended has left, with some lines above the screen: where tmux writes that
   * the pane is dead, 3.3a scrolls the screen away. Empty where it cannot be had.
   */
  remains(socket: string, name: string): Promise<string>;
  /** Lets the pane go with its program, or keeps its last screen (as `start` sets it). */
  keepDead(socket: string, name: string, keep: boolean): Promise<void>;
  /** Ends the session and what runs in it (SIGHUP). True once it is not there. */
  end(socket: string, name: string): Promise<boolean>;
}

const TIMEOUT_MS = 5_000;

export function createTmuxSessions({
  program = 'tmux',
  timeoutMs = TIMEOUT_MS,
} = {}): TmuxSessions {
  const call = async (socket: string, args: readonly string[]): Promise<TmuxAnswer> => {
    const state = await checkSocket(socket);
    if (state.kind === 'refused') return { kind: 'unknown', why: state.why };
    return runTmux({ program, socket, args, timeoutMs, env: ownEnvironment() });
  };
  return {
    async start(socket, { name, cwd, command, env }) {
      await makeFolder(socket);
      const variables = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
      const answer = await call(socket, [
        ...['new-session', '-d', '-s', name, '-x', '200', '-y', '50'],
        ...['-c', literal(cwd), ...variables.map(literal), ...command.map(literal)],
        // In the same call: a program that ends at once must not take its last words with it.
        ...[';', 'set-option', '-w', '-t', target(name), 'remain-on-exit', 'on'],
      ]);
      if (answer.kind === 'ok') return { kind: 'started' };
      if (answer.kind === 'unknown') return answer;
      if (answer.stderr.startsWith('duplicate session')) return { kind: 'exists' };
      return { kind: 'refused', why: answer.stderr.split('\n')[0] ?? 'tmux refused' };
    },
    async look(socket, name) {
      const format = '#{pane_id} #{pane_pid} #{pane_dead}';
      const answer = await call(socket, ['list-panes', '-s', '-t', target(name), '-F', format]);
      if (answer.kind === 'unknown') return answer;
      if (answer.kind === 'failed') return absence(answer.stderr);
      const [pane = '', pid = '', dead = ''] = (answer.stdout.split('\n')[0] ?? '').split(' ');
      return { kind: 'there', pane: { pane, pid: Number(pid), dead: dead === '1' } };
    },
    async remains(socket, name) {
      const answer = await call(socket, ['capture-pane', '-p', '-S', '-50', '-t', target(name)]);
      return answer.kind === 'ok' ? answer.stdout : '';
    },
    async keepDead(socket, name, keep) {
      const value = keep ? 'on' : 'off';
      await call(socket, ['set-option', '-w', '-t', target(name), 'remain-on-exit', value]);
    },
    async end(socket, name) {
      const answer = await call(socket, ['kill-session', '-t', `=${name}`]);
      return answer.kind === 'ok' || (answer.kind === 'failed' && isAbsence(answer.stderr));
    },
  };
}

/** Where tmux listens when it is told nothing (tmux(1), -L and TMUX_TMPDIR). */
export function defaultSocket(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['TMUX_TMPDIR'] ?? '/tmp', `tmux-${userInfo().uid}`, 'default');
}

/** This session and no other whose name begins with it; the first window, the first pane. */
const target = (name: string): string => `=${name}:`;

/** tmux takes an argument that ends with `;` for the end of a command. */
const literal = (text: string): string => (text.endsWith(';') ? `${text.slice(0, -1)}\\;` : text);

/** What a program in a terminal needs; nothing of this server's own settings and secrets. */
const PASSED_ON = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'PATH', 'SHELL', 'TMPDIR', 'USER'];

function ownEnvironment(): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { TERM: 'xterm-256color', ...Object.fromEntries(passed) };
}

/** tmux makes this folder itself only for the socket it chooses by itself. */
async function makeFolder(socket: string): Promise<void> {
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 }).catch(() => undefined);
}

const isAbsence = (stderr: string): boolean =>
  /^(can't find|no server running|error connecting to)/.test(stderr);

function absence(stderr: string): SessionLook {
  return isAbsence(stderr)
    ? { kind: 'absent' }
    : { kind: 'unknown', why: stderr.split('\n')[0] ?? 'tmux refused' };
}
