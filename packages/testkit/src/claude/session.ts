/** One interactive session of the real CLI in a tmux pane, moved the way a person moves it: by keys. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { shellPrompt, type TmuxPane } from '../tmux.ts';
import { isAlive, killProcess } from '../process-alive.ts';
import { waitUntil, type WaitOptions } from '../wait-until.ts';
import type { Claude } from './claude-home.ts';

const execFileAsync = promisify(execFile);

/** The empty or filled prompt box: a no-break space follows the sign only there. */
const promptBox = /^❯\u00a0/m;

/** `~/.claude/sessions/<pid>.json` as version 2.1.197 writes it; undocumented. */
export interface SessionFile {
  readonly pid: number;
  readonly sessionId: string;
  readonly procStart: string;
  readonly status?: 'idle' | 'busy' | 'waiting' | 'shell';
  readonly waitingFor?: string;
}

export interface StartOptions {
  /** Arguments of the CLI, such as `['--permission-mode', 'plan']`. */
  readonly args?: readonly string[];
  /** A pane with a shell at its prompt; default a new one. */
  readonly pane?: TmuxPane;
  /** The screen that ends the start; default the prompt box of a session that is idle. */
  readonly readyWhen?: RegExp;
}

export interface ClaudeSession {
  readonly pane: TmuxPane;
  readonly pid: number;
  /** Pastes a prompt and submits it. Refuses while a dialog is open: Enter would answer the dialog. */
  prompt(text: string): Promise<void>;
  /** Presses keys by tmux's names: `Escape`, `1` (answers a dialog at once), `C-c`. */
  press(...keys: string[]): Promise<void>;
  screen(): Promise<string>;
  waitForScreen(pattern: RegExp, options?: WaitOptions): Promise<string>;
  /** The session file now; undefined before the first and after the end. */
  file(): Promise<SessionFile | undefined>;
  /** Resolves once the session file shows this status. */
  waitForStatus(
    status: NonNullable<SessionFile['status']>,
    options?: WaitOptions,
  ): Promise<SessionFile>;
  /** `/exit`, and waits until the process is gone; the shell of the pane stays. */
  exit(): Promise<void>;
  /** SIGKILL to this process only, and waits until it is gone. */
  kill9(): Promise<void>;
  /** Starts the CLI again in the same pane with `--resume <this session's id>`. */
  resume(options?: StartOptions): Promise<ClaudeSession>;
}

/** Used through `claude.start()`. */
export async function startSession(
  claude: Claude,
  pane: TmuxPane,
  { args = [], readyWhen }: StartOptions,
): Promise<ClaudeSession> {
  const shellPid = Number(await pane.expand('#{pane_pid}'));
  await clear(pane);
  await pane.paste(['claude', ...args].map(quote).join(' '));
  await pane.press('Enter');
  const pid = await waitUntil(async () => childOf(shellPid), { what: 'the CLI in the pane' });
  const session = sessionOf(claude, pane, pid);
  const startMs = { timeoutMs: 20_000 };
  if (readyWhen !== undefined) await pane.waitForScreen(readyWhen, startMs);
  else {
    await session.waitForStatus('idle', startMs);
    await pane.waitForScreen(promptBox, startMs);
  }
  return session;
}

function sessionOf(claude: Claude, pane: TmuxPane, pid: number): ClaudeSession {
  let lastSessionId: string | undefined;
  const whenGone = async (): Promise<void> => {
    await waitUntil(() => !isAlive(pid), { what: `the end of the CLI (pid ${pid})` });
  };
  const session: ClaudeSession = {
    pane,
    pid,
    async prompt(text) {
      await pane.waitForScreen(promptBox);
      await pane.paste(text);
      const screen = await pane.waitForScreen(boxWith(text, 'anywhere'));
      if (!boxWith(text).test(screen)) await replaceBox(pane, text);
      await pane.press('Enter');
    },
    press: async (...keys) => pane.press(...keys),
    screen: async () => pane.capture(),
    waitForScreen: async (pattern, options) => pane.waitForScreen(pattern, options),
    async file() {
      const file = await readSessionFile(claude.sessionsFolder, pid);
      lastSessionId = file?.sessionId ?? lastSessionId;
      return file;
    },
    async waitForStatus(status, options = {}) {
      let last: SessionFile | undefined;
      return waitUntil(
        async () => {
          last = await session.file();
          return last?.status === status ? last : undefined;
        },
        {
          what: () => `status ${status} in the session file, which is ${JSON.stringify(last)}`,
          ...options,
        },
      );
    },
    async exit() {
      await session.file();
      await session.prompt('/exit');
      await whenGone();
    },
    async kill9() {
      await session.file();
      await killProcess(pid);
    },
    async resume(options = {}) {
      if (lastSessionId === undefined)
        throw new Error('no session file was seen, so there is no id to resume');
      return claude.start({
        pane,
        ...options,
        args: ['--resume', lastSessionId, ...(options.args ?? [])],
      });
    },
  };
  return session;
}

/**
 * The box once a paste has landed in it; the client folds a long one to a mark. `anywhere`: other
 * text may stand around it.
 */
function boxWith(text: string, where: 'alone' | 'anywhere' = 'alone'): RegExp {
  const line = text.trimStart().split('\n')[0] ?? '';
  const start = `${escape(line.slice(0, 40))}|\\[Pasted text`;
  if (where === 'anywhere') return new RegExp(`^❯\\u00a0.*(${start})`, 'm');
  // Behind a command the client shows its arguments, and a long line does not end in this row.
  const end = line.length > 40 || line.startsWith('/') ? '' : String.raw`[^\S\n]*$`;
  return new RegExp(`^❯\\u00a0\\s*(${start})${end}`, 'm');
}

/** 2.1.197 sometimes leaves a prompt that it has taken in its box; a person would delete it. */
async function replaceBox(pane: TmuxPane, text: string): Promise<void> {
  await pane.press('C-u', 'C-u', 'C-k', 'C-k');
  await pane.paste(text);
  await pane.waitForScreen(boxWith(text));
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A clean terminal: what an earlier session left on the screen must not look like the next one's. */
async function clear(pane: TmuxPane): Promise<void> {
  const foreground = async (): Promise<string> => pane.expand('#{pane_current_command}');
  // A process that ended is in the foreground until the shell has noticed; keys before that can be lost.
  await waitUntil(async () => (await foreground()) !== 'claude', { what: 'the shell in front' });
  // A killed CLI leaves the line raw: Enter (CR) ends nothing then, a line feed does in both modes.
  await pane.press('C-u', 'C-j', 'stty sane', 'C-j');
  await pane.press('-R');
  await waitUntil(
    async () => {
      await pane.press('C-u', 'Enter');
      return shellPrompt.test(await pane.capture());
    },
    { everyMs: 50, what: 'the prompt of the shell' },
  );
}

async function readSessionFile(folder: string, pid: number): Promise<SessionFile | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, `${pid}.json`), 'utf8')) as SessionFile;
  } catch {
    return undefined; // not there yet, gone, or caught while it is written
  }
}

async function childOf(parent: number): Promise<number | undefined> {
  const { stdout } = await execFileAsync('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return rows.find(([, ppid]) => ppid === parent)?.[0];
}

function quote(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
