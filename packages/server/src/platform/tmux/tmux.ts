/**
 * The tmux servers of this machine's user: looking at panes, reading screens, pasting and pressing
 * keys. Every server is named by its socket, every pane by socket and id.
 *
 * Every call starts a process and must not be made under an agent's lock, except in the measured
 * window in which a prompt is sent.
 */
import { randomBytes } from 'node:crypto';
import { PANE_FORMAT, parsePanes, type PaneInfo } from './pane-list.ts';
import type { RowPattern } from './row-pattern.ts';
import { runTmux, type TmuxAnswer } from './run-tmux.ts';
import { checkSocket, isPaneId, type TmuxTarget } from './target.ts';

export type TmuxLook =
  | { readonly kind: 'running'; readonly panes: ReadonlyMap<string, PaneInfo> }
  /** No server behind this socket. */
  | { readonly kind: 'absent' }
  /** Nothing can be said: no tmux program, no answer in time, a socket that is not ours. */
  | { readonly kind: 'unknown'; readonly why: string };

export type Captured =
  | { readonly kind: 'screen'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string };

/** Whether tmux did what it was asked. `unknown`: it may or may not have. */
export type TmuxDone =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** tmux's names of keys that may be pressed; nothing else is ever sent as a key. */
export type TmuxKey =
  'Enter' | 'Escape' | 'C-s' | 'C-u' | 'C-k' | 'BSpace' | 'Up' | 'Down' | 'Tab' | `${number}`;

export interface CaptureOptions {
  /** With colours and dimness, which alone tell a suggestion from typed text. Default false. */
  readonly escapes?: boolean;
  readonly signal?: AbortSignal;
}

export interface SendOptions {
  /**
   * The pane's first process as it was when the screen was judged. After a restart of the tmux
   * server the same id is another pane; then nothing is sent.
   */
  readonly panePid?: number;
  /**
   * Rows that have to be on the screen at the moment of sending, from `rowPattern`. tmux compares
   * them itself, so that nothing can change between the look and the key but inside the program.
   */
  readonly rows?: readonly RowPattern[];
  /** Rows that must not be there. */
  readonly absent?: readonly RowPattern[];
  /** A title that the pane must not have. */
  readonly absentTitle?: RowPattern;
  readonly signal?: AbortSignal;
}

export interface Tmux {
  /** All panes of one server, in one call. */
  look(socket: string, signal?: AbortSignal): Promise<TmuxLook>;
  /** The visible screen of one pane, lines joined by line feeds. */
  capture(target: TmuxTarget, options?: CaptureOptions): Promise<Captured>;
  /**
   * The screens of many panes of one server, in one call per 100 panes. Panes that do not exist
   * are left out; `unknown` where the server did not answer.
   */
  captureMany(
    socket: string,
    panes: readonly string[],
    options?: CaptureOptions,
  ): Promise<Map<string, string> | { readonly kind: 'unknown'; readonly why: string }>;
  /** Pastes in brackets, as a person's paste arrives: line breaks do not send. No Enter. */
  paste(target: TmuxTarget, text: string, options?: SendOptions): Promise<TmuxDone>;
  /** Presses keys one after the other; refused in copy mode, where they would not arrive. */
  press(target: TmuxTarget, keys: readonly TmuxKey[], options?: SendOptions): Promise<TmuxDone>;
  /** Leaves copy mode (and whatever other mode the pane is in); `done` also where it is in none. */
  leaveMode(target: TmuxTarget, options?: SendOptions): Promise<TmuxDone>;
}

export interface TmuxOptions {
  /** Default `tmux`, found by PATH. */
  readonly program?: string;
  /** Of each call; default 2,000 ms. */
  readonly timeoutMs?: number;
}

const CAPTURES_PER_CALL = 100;
/** Written between screens; random, so that no screen can show it. */
const newMark = (): string => `headspace-${randomBytes(12).toString('hex')}`;

export function createTmux(options: TmuxOptions = {}): Tmux {
  return new SystemTmux(options);
}

class SystemTmux implements Tmux {
  private readonly program: string;
  private readonly timeoutMs: number;

  constructor({ program = 'tmux', timeoutMs = 2_000 }: TmuxOptions) {
    this.program = program;
    this.timeoutMs = timeoutMs;
  }

  async look(socket: string, signal?: AbortSignal): Promise<TmuxLook> {
    const answer = await this.call(socket, ['list-panes', '-a', '-F', PANE_FORMAT], { signal });
    if (answer.kind === 'ok') return { kind: 'running', panes: parsePanes(answer.stdout) };
    return answer.kind === 'failed' ? { kind: 'unknown', why: firstLine(answer.stderr) } : answer;
  }

  async capture(
    { socket, pane }: TmuxTarget,
    { escapes = false, signal }: CaptureOptions = {},
  ): Promise<Captured> {
    if (!isPaneId(pane)) return { kind: 'absent' };
    const args = ['capture-pane', '-p', ...(escapes ? ['-e'] : []), '-t', pane];
    const answer = await this.call(socket, args, { signal });
    if (answer.kind === 'ok') return { kind: 'screen', text: answer.stdout };
    if (answer.kind !== 'failed') return answer;
    if (answer.stderr.startsWith("can't find")) return { kind: 'absent' };
    return { kind: 'unknown', why: firstLine(answer.stderr) };
  }

  async captureMany(
    socket: string,
    panes: readonly string[],
    { escapes = false, signal }: CaptureOptions = {},
  ): ReturnType<Tmux['captureMany']> {
    const screens = new Map<string, string>();
    const known = panes.filter(isPaneId);
    for (let from = 0; from < known.length; from += CAPTURES_PER_CALL) {
      const mark = newMark();
      // A command file goes on after a pane that has gone; a list of arguments would stop there.
      const input = known
        .slice(from, from + CAPTURES_PER_CALL)
        .map((id) => captureCommand(id, mark, escapes))
        .join('');
      const answer = await this.call(socket, ['source-file', '-'], { input, signal });
      if (answer.kind === 'absent') return screens;
      if (answer.kind === 'unknown') return answer;
      for (const [id, text] of splitScreens(answer.stdout, mark)) screens.set(id, text);
    }
    return screens;
  }

  async paste(target: TmuxTarget, text: string, options: SendOptions = {}): Promise<TmuxDone> {
    const buffer = newMark();
    const command = ['paste-buffer', '-p', '-d', '-b', buffer, '-t', target.pane];
    const done = await this.send(target, command, options, { text, buffer });
    // What was not pasted must not stay behind for others to read.
    if (done.kind !== 'done') await this.call(target.socket, ['delete-buffer', '-b', buffer]);
    return done;
  }

  async press(
    target: TmuxTarget,
    keys: readonly TmuxKey[],
    options: SendOptions = {},
  ): Promise<TmuxDone> {
    return this.send(target, ['send-keys', '-t', target.pane, ...keys], options);
  }

  async leaveMode(target: TmuxTarget, options: SendOptions = {}): Promise<TmuxDone> {
    const cancel = `send-keys -X -t ${target.pane} cancel`;
    const leave = ['if-shell', '-F', '-t', target.pane, '#{pane_in_mode}', cancel];
    return this.send(target, leave, { ...options, inMode: true });
  }

  /** Sends under a condition that tmux itself judges, at the moment of sending. */
  private async send(
    { socket, pane }: TmuxTarget,
    command: readonly string[],
    { signal, ...conditions }: SendOptions & { inMode?: boolean },
    load?: { readonly text: string; readonly buffer: string },
  ): Promise<TmuxDone> {
    if (!isPaneId(pane)) return { kind: 'refused', why: 'the pane id is not one of tmux' };
    const guard = sendGuard(pane, conditions);
    const yes = command.map(quoteForTmux).join(' ');
    const args = ['if-shell', '-F', '-t', pane, guard, yes, `display-message -p ${REFUSED}`];
    if (load === undefined) return doneOf(await this.call(socket, args, { signal }));
    const loading = ['load-buffer', '-b', load.buffer, '-', ';', ...args];
    return doneOf(await this.call(socket, loading, { input: load.text, signal }));
  }

  private async call(
    socket: string,
    args: readonly string[],
    { input = '', signal }: { input?: string; signal?: AbortSignal | undefined } = {},
  ): Promise<TmuxAnswer | { readonly kind: 'absent' }> {
    const { program, timeoutMs } = this;
    const state = await checkSocket(socket);
    if (state.kind === 'absent') return state;
    if (state.kind === 'refused') return { kind: 'unknown', why: state.why };
    const answer = await runTmux({ program, socket, args, timeoutMs, signal, input });
    return answer.kind === 'failed' && saysNoServer(answer.stderr) ? { kind: 'absent' } : answer;
  }
}

/** What tmux prints where the condition of a send does not hold. */
const REFUSED = 'refused';

/** True for tmux where the pane is still the one that was judged, alive, and takes keys. */
function sendGuard(
  pane: string,
  {
    panePid,
    rows = [],
    absent = [],
    absentTitle,
    inMode = false,
  }: SendOptions & { inMode?: boolean },
): string {
  const conditions = [
    `#{==:#{pane_id},${pane}}`,
    '#{==:#{pane_dead},0}',
    ...(inMode ? [] : ['#{==:#{pane_in_mode},0}']),
    ...(panePid === undefined ? [] : [`#{==:#{pane_pid},${panePid}}`]),
    // The number of the row that matches, from 1; 0 where none does (tmux 2.9 and newer).
    ...rows.map((row) => `#{C/r:${row.regex}}`),
    ...absent.map((row) => `#{==:#{C/r:${row.regex}},0}`),
    ...(absentTitle === undefined ? [] : [`#{==:#{m/r:${absentTitle.regex},#{pane_title}},0}`]),
  ];
  return conditions.reduce((all, next) => `#{&&:${all},${next}}`);
}

const quoteForTmux = (word: string): string =>
  /^[\w%.:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

const captureCommand = (pane: string, mark: string, escapes: boolean): string =>
  `display-message -p "${mark} ${pane}"\ncapture-pane -p ${escapes ? '-e ' : ''}-t ${pane}\n`;

function splitScreens(output: string, mark: string): Map<string, string> {
  const screens = new Map<string, string>();
  for (const part of output.split(mark).slice(1)) {
    const end = part.indexOf('\n');
    const pane = part.slice(0, end).trim();
    const text = part.slice(end + 1);
    if (isPaneId(pane) && text !== '') screens.set(pane, text);
  }
  return screens;
}

function doneOf(answer: TmuxAnswer | { readonly kind: 'absent' }): TmuxDone {
  switch (answer.kind) {
    case 'absent':
      return { kind: 'refused', why: 'no tmux server runs behind the socket' };
    case 'unknown':
      return answer;
    case 'failed':
      return { kind: 'refused', why: firstLine(answer.stderr) };
    case 'ok':
      return answer.stdout.trim() === REFUSED
        ? {
            kind: 'refused',
            why: 'the pane is gone, in copy mode, not the one it was, or shows something else now',
          }
        : { kind: 'done' };
  }
}

/** tmux 3.3a and newer: `no server running on …`, `error connecting to … (…)`, `server exited`. */
function saysNoServer(stderr: string): boolean {
  return /^(no server running|server exited|lost server|error connecting to .*\((No such file|Connection refused))/.test(
    stderr,
  );
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
