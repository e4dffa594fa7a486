/**
 * Reads a captured screen of Claude Code (seen with 2.1.197, see the recordings of the testkit).
 * What it does not know it calls `unknown`; no guess.
 */
import { hashText } from '../hash-text.ts';
import { findContextLine } from './context-line.ts';
import { findDialog } from './dialog.ts';
import { type FoundBox, findBox } from './prompt-box.ts';
import { screenLines } from './screen-lines.ts';
import { workingTitle } from './title.ts';
import type { RetryLine, ScreenReading, Sighting } from './screen-reading.ts';

/** A glyph of the spinner at the left edge, a verb and the three dots: `✢ Osmosing… (2s)`. */
const SPINNER = /^[·✢✳✶✻✽*] \S.*…/;
const RETRY = /^[·✢✳✶✻✽*] .*Retrying in .*attempt (\d+)\/(\d+)/;
const INTERRUPTIBLE = /esc to interrupt/;
/** The words of the client about an exhausted account; "Context limit reached" is another matter. */
const LIMIT =
  /You['’]ve (?:hit|reached) your .*(?:limit|usage)|usage limit reached|You['’]re out of (?:usage credits|extra usage)/i;
/** How a shell waits for a command: at the left edge, its sign at the end. */
const SHELL_PROMPT = /^(?:[^\s─❯●].*)?[$#%>]$/;
/** A row of the menu under the box: `/rename <name>    Rename …`. */
const MENU_ROW = /^\/\S+.* {2,}\S/;
/** The same written over the rule of a box whose client was killed. */
const SHELL_OVER_RULE = /^\S.*[$#%>] ─{8,}$/;
const QUEUED = /^ {2}❯ (.*)$/;
const MAX_TEXT = 400;

/**
 * @param capture `tmux capture-pane -p`, better with `-e`: only then suggestions are known from typed text.
 * @param title the pane's title, where it was asked for in the same moment
 */
export function readScreen(capture: string, title = ''): ScreenReading {
  const lines = screenLines(capture);
  const texts = lines.map(({ text }) => text);
  const shell = findShell(texts);
  const found = shell === null ? findBox(lines) : null;
  const dialog = shell === null && found === null ? findDialog(texts) : null;
  const conversation = found === null ? texts : texts.slice(0, found.top);
  const above = recent(conversation);
  const retry = shell === null ? findRetry(above) : null;
  return {
    surface: surfaceOf(shell, found, dialog),
    box: found?.box ?? null,
    dialog,
    working: found === null ? null : (findWorking(above, texts, found) ?? workingTitle(title)),
    retry,
    limit: shell === null ? findLimit(above) : null,
    context: found === null ? null : findContextLine(texts, found),
    queued: found === null ? [] : above.flatMap((line) => QUEUED.exec(line)?.[1] ?? []),
    above: hashText(conversation.join('\n')),
    shell,
  };
}

function surfaceOf(
  shell: Sighting | null,
  found: FoundBox | null,
  dialog: object | null,
): ScreenReading['surface'] {
  if (shell !== null) return 'shell';
  if (found !== null) return 'prompt-box';
  return dialog === null ? 'unknown' : 'dialog';
}

function findShell(texts: readonly string[]): Sighting | null {
  const over = texts.findLast((line) => SHELL_OVER_RULE.test(line));
  if (over !== undefined) return { lines: [over.replace(/ ─+$/, '').slice(0, MAX_TEXT)] };
  const last = texts.findLast((line) => line !== '');
  if (last === undefined || !SHELL_PROMPT.test(last) || MENU_ROW.test(last)) return null;
  return { lines: [last.slice(0, MAX_TEXT)] };
}

/** Below the last line of the conversation itself: what the client says about the present. */
function recent(above: readonly string[]): string[] {
  const from = above.findLastIndex((line) => line.startsWith('❯ '));
  return above.slice(from + 1);
}

function findWorking(
  above: readonly string[],
  texts: readonly string[],
  found: FoundBox | null,
): Sighting | null {
  if (found === null) return null;
  const footer = texts.slice(found.bottom + 1).find((line) => INTERRUPTIBLE.test(line));
  const spinner = lastGlyphLine(above, SPINNER) ?? lastGlyphLine(above, RETRY);
  const lines = [spinner, footer].filter((line) => line !== undefined);
  return lines.length === 0 ? null : { lines: lines.map(proof) };
}

function findRetry(above: readonly string[]): RetryLine | null {
  const line = lastGlyphLine(above, RETRY);
  const match = line === undefined ? null : RETRY.exec(line);
  if (match === null || line === undefined) return null;
  return { attempt: Number(match[1]), of: Number(match[2]), lines: [proof(line)] };
}

function findLimit(above: readonly string[]): Sighting | null {
  const line = above.findLast((text) => LIMIT.test(text) && /^(?:●|\s+⎿|[·✢✳✶✻✽*]) /.test(text));
  return line === undefined ? null : { lines: [proof(line)] };
}

/** A line as evidence: what stands at the two ends of a row is moved together. */
const proof = (line: string): string => line.trim().replaceAll(/ {3,}/g, '  ').slice(0, MAX_TEXT);

/** The last such line, unless an answer or a tool has followed it. */
function lastGlyphLine(above: readonly string[], pattern: RegExp): string | undefined {
  const at = above.findLastIndex((line) => pattern.test(line));
  return at === -1 || above.slice(at + 1).some((line) => line.startsWith('●'))
    ? undefined
    : above[at];
}
