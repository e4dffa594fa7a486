/**
 * What an agent's screen proves that no better witness has told: a dialog, a limit, a prompt that
 * was typed and not sent, work that does not move. Pure. The screen ranks last among the witnesses:
 * a fact counts only while nothing newer has been heard by hook or session file, and what the
 * reader does not know is no fact.
 */
import type { ScreenFactKind } from '@headspace/contract';
import type { Activity } from './activity.ts';
import { beginning, oneLine, storable } from './display.ts';
import { SHELL } from './liveness.ts';
import { redactText } from './redact.ts';
import type { DialogKind, ScreenReading } from './screen/index.ts';

export interface ScreenFact {
  kind: ScreenFactKind;
  /** In a few words, redacted. */
  summary: string;
  /** The lines on the screen that prove it, redacted and bounded. */
  lines: string[];
  /** Which dialog, and its fingerprint; null for the other kinds. */
  dialog: { kind: DialogKind; fingerprint: string } | null;
  /** When it was first seen, and when a look last confirmed it; milliseconds since 1970. */
  since: number;
  at: number;
}

/** One look at a screen, and what is remembered of the looks before. */
export interface ScreenLook {
  readonly at: number;
  readonly reading: ScreenReading;
  /** The program in the foreground of the terminal, by tmux. */
  readonly foreground: string;
  /** The last lines on it that are not empty. */
  readonly tail: readonly string[];
  /** When its content last changed. */
  readonly changedAt: number;
  /** How many looks in a row have found other content than the one before. */
  readonly changes: number;
  /** When the present surface, with the same dialog or the same words in the box, was first seen. */
  readonly surfaceSince: number;
}

/** What of an agent's facts the screen is weighed against. */
export type ScreenContext = Pick<
  Activity,
  'turn' | 'dialogs' | 'screen' | 'edgeAt' | 'sessionFile'
>;

export interface ScreenTimes {
  /** Unchanged for this long while at work: stalled. */
  readonly stalledAfterMs: number;
  /** Words that stand in the box for this long were not sent. */
  readonly unsentAfterMs: number;
}

/** A hook that tells of a dialog is on its way, or an exit or a start is under way. */
const SETTLED_MS = 3_000;
/** Dialogs that never have a hook; they count at once. */
const SILENT_DIALOGS: ReadonlySet<DialogKind> = new Set([
  'trust',
  'api-key',
  'login',
  'model',
  'limit',
]);
const MAX_LINES = 16;
const MAX_LINE = 200;

/** What the look proves about an agent with these facts; null where it proves nothing new. */
export function screenFact(
  look: ScreenLook,
  activity: ScreenContext,
  times: ScreenTimes,
): ScreenFact | null {
  const { reading } = look;
  return (
    dialogFact(look, activity) ??
    sightingFact(look, activity) ??
    shellFact(look) ??
    stalledFact(look, activity, times) ??
    (reading.surface === 'prompt-box' ? unsentFact(look, activity, times) : null)
  );
}

/** The pane is gone; asked only where the process is known to run. */
export function noPaneFact(pane: string, at: number): ScreenFact {
  const summary = `its tmux pane ${pane} is gone, its process is not`;
  return { kind: 'no_pane', summary, lines: [], dialog: null, since: at, at };
}

function dialogFact(look: ScreenLook, { dialogs }: ScreenContext): ScreenFact | null {
  const { dialog } = look.reading;
  // A dialog that a hook has told of is known, with more than the screen shows.
  if (dialog === null || dialogs.length > 0) return null;
  if (!SILENT_DIALOGS.has(dialog.kind) && look.at - look.surfaceSince < SETTLED_MS) return null;
  return fact(look, {
    kind: dialog.kind === 'limit' ? 'limit' : 'dialog',
    summary: oneLine(dialog.title),
    lines: dialog.lines,
    dialog: { kind: dialog.kind, fingerprint: dialog.fingerprint },
  });
}

function sightingFact(look: ScreenLook, activity: ScreenContext): ScreenFact | null {
  const { limit, retry, working } = look.reading;
  const atWork = activity.turn === 'running';
  if (retry !== null && atWork) {
    const summary = `the API failed; attempt ${retry.attempt} of ${retry.of}`;
    return fact(look, { kind: 'retry', summary, lines: retry.lines });
  }
  if (limit === null || working !== null) return null;
  // Without the mark that the client puts before an answer or a result.
  const said = (limit.lines[0] ?? '').replace(/^[^\p{L}\p{N}]+/u, '');
  return fact(look, { kind: 'limit', summary: oneLine(said), lines: limit.lines });
}

/** Both are needed: what looks like a prompt can be text, and a script that runs the client is a shell too. */
function shellFact(look: ScreenLook): ScreenFact | null {
  const { shell } = look.reading;
  if (shell === null || !SHELL.test(look.foreground)) return null;
  if (look.at - look.surfaceSince < SETTLED_MS) return null;
  const summary = 'its terminal shows the prompt of a shell';
  return fact(look, { kind: 'shell', summary, lines: shell.lines });
}

/**
 * While it works, the client redraws its screen each second, but for the middle of an answer that
 * does not go on where a status line has taken the hints away. So a screen that stands still for
 * minutes is one of a client that does not get on. One redraw (another terminal size) does not end a stall; work
 * that goes on does.
 */
function stalledFact(
  look: ScreenLook,
  activity: ScreenContext,
  { stalledAfterMs }: ScreenTimes,
): ScreenFact | null {
  if (activity.turn !== 'running' || look.reading.surface === 'dialog') return null;
  const quietSince = Math.max(look.changedAt, newestWord(activity));
  const was = activity.screen?.kind === 'stalled' && isFresh(activity, activity.screen);
  const still = look.at - quietSince >= stalledAfterMs;
  if (!still && !(was && look.changes < 2)) return null;
  if (was && !still && activity.screen) return { ...activity.screen, at: look.at };
  const minutes = Math.floor((look.at - quietSince) / 60_000);
  const span = minutes === 0 ? `${Math.round((look.at - quietSince) / 1_000)} s` : `${minutes} min`;
  const { working, box } = look.reading;
  const summary =
    box !== null && working === null
      ? `its screen waits for a prompt and has not changed for ${span}`
      : `its screen has not changed for ${span}`;
  const known = was ? activity.screen : null;
  const made = fact(look, { kind: 'stalled', summary, lines: working?.lines ?? look.tail });
  // The words of the first look stay: a sentence that counts minutes would be news each minute.
  return known ? { ...known, at: look.at } : { ...made, since: quietSince };
}

function unsentFact(
  look: ScreenLook,
  activity: ScreenContext,
  { unsentAfterMs }: ScreenTimes,
): ScreenFact | null {
  const { box } = look.reading;
  if (box === null || box.text.trim() === '' || activity.turn === 'running') return null;
  if (look.at - look.surfaceSince < unsentAfterMs) return null;
  const summary = oneLine(box.text, 120);
  return fact(look, { kind: 'unsent', summary, lines: box.lines });
}

function fact(
  { at, surfaceSince }: ScreenLook,
  seen: Pick<ScreenFact, 'kind' | 'summary'> & {
    lines: readonly string[];
    dialog?: ScreenFact['dialog'];
  },
): ScreenFact {
  const lines = seen.lines.slice(0, MAX_LINES).map(proofLine);
  return { ...seen, lines, dialog: seen.dialog ?? null, since: surfaceSince, at };
}

function proofLine(line: string): string {
  return redactText(storable(beginning(line, MAX_LINE).text)).trimEnd();
}

/** When hook or session file last said something. */
export function newestWord(activity: ScreenContext): number {
  return Math.max(activity.edgeAt, activity.sessionFile?.at ?? 0);
}

function isFresh(activity: ScreenContext, { at }: ScreenFact): boolean {
  return at >= newestWord(activity);
}

/** The fact on the screen, where nothing newer has been heard since a look confirmed it. */
export function freshScreen(activity: ScreenContext): ScreenFact | null {
  const { screen } = activity;
  return screen && isFresh(activity, screen) ? screen : null;
}

/** Whether writing `next` would change what is known or shown. */
export function changesScreen(activity: ScreenContext, next: ScreenFact | null): boolean {
  const known = activity.screen ?? null;
  if (known === null || next === null) return known !== next;
  const same =
    known.kind === next.kind &&
    known.summary === next.summary &&
    known.lines.join('\n') === next.lines.join('\n');
  return !same || !isFresh(activity, known);
}
