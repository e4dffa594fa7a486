/**
 * The prompt box: a rule, a sign with a no-break space, the text, a rule.
 *
 *   ──────────────────────── my session ──
 *   ❯ first row of what is typed
 *     second row
 *   ──────────────────────────────────────
 *     ? for shortcuts
 */
import type { PromptBox } from './screen-reading.ts';
import type { ScreenLine } from './screen-lines.ts';

/** A rule across the pane; the name of the session can stand in it. */
export const RULE = /^─{8,}(?: .+ ─+)?$/;
/** The no-break space follows the sign in the box only, never in the history or in a dialog. */
const FIRST_ROW = /^[❯!]\u00a0/;
const PASTE_MARK = /\[Pasted text #\d+(?: \+\d+ lines)?\]/g;

export interface FoundBox {
  readonly box: PromptBox;
  /** Index of the upper and of the lower rule. */
  readonly top: number;
  readonly bottom: number;
}

/** The lowest box on the screen, whole: with both of its rules. */
export function findBox(lines: readonly ScreenLine[]): FoundBox | null {
  const first = lines.findLastIndex(({ text }) => FIRST_ROW.test(text));
  if (first < 1 || !RULE.test(lines[first - 1]?.text ?? '')) return null;
  const bottom = lines.findIndex(({ text }, index) => index > first && RULE.test(text));
  if (bottom === -1) return null;
  const rows = lines.slice(first, bottom);
  // Anything that is not indented was written over the box by another program.
  if (rows.slice(1).some(({ text }) => text !== '' && !text.startsWith('  '))) return null;
  return { box: readBox(rows), top: first - 1, bottom };
}

function readBox(rows: readonly ScreenLine[]): PromptBox {
  const shown = rows
    .map(({ text }) => text.slice(2))
    .join('\n')
    .trimEnd();
  const ghost = isGhost(rows);
  return {
    text: ghost ? '' : shown,
    ghost: ghost ? shown : null,
    multiLine: rows.length > 1,
    pastes: ghost ? [] : [...shown.matchAll(PASTE_MARK)].map(([mark]) => mark),
    mode: rows[0]?.text.startsWith('!') === true ? 'shell' : 'prompt',
    lines: rows.map(({ text }) => text),
  };
}

/** All dim but for the character under the cursor. A single character is taken for typed. */
function isGhost(rows: readonly ScreenLine[]): boolean {
  let dim = 0;
  for (const { text, styles } of rows) {
    if (styles === null) return false;
    for (let at = 2; at < text.length; at++) {
      if (/\s/.test(text.charAt(at))) continue;
      const style = styles[at];
      if (style?.dim === true) dim += 1;
      else if (style?.inverse !== true) return false;
    }
  }
  return dim > 0;
}

/**
 * What of a text every terminal shows alike: no blanks (rows are wrapped), composed characters, no
 * signs that only steer how others are shown.
 */
const visible = (text: string): string =>
  text.normalize('NFC').replaceAll(/[\s\p{Cf}\p{M}\ufffd]+/gu, '');
/** The rest is enough where a terminal draws a character in its own way. */
const ascii = (text: string): string => text.replaceAll(/[^!-~]+/g, '');

/**
 * Whether the box holds `text` and nothing else, as far as a box can show it. A folded paste is
 * recognised by its mark: it must stand for the whole text, with the same number of line breaks.
 * `exact` false means that only the mark, or only the ASCII of it, could be compared.
 */
export function boxHolds(
  box: PromptBox,
  text: string,
): { readonly holds: boolean; readonly exact: boolean } {
  // In shell mode the `!` has become the sign of the box.
  const expected = box.mode === 'shell' ? text.replace(/^!/, '') : text;
  if (visible(box.text) === visible(expected)) return { holds: true, exact: true };
  const [mark, ...others] = box.pastes;
  if (mark !== undefined && others.length === 0 && visible(box.text) === visible(mark)) {
    const breaks = expected.split('\n').length - 1;
    const told = Number(/\+(\d+) lines/.exec(mark)?.[1] ?? 0);
    return { holds: isFolded(expected) && breaks === told, exact: false };
  }
  const rest = ascii(expected);
  const drawn = /[^\s!-~]/.test(expected) && /[^\s!-~]/.test(box.text);
  return { holds: drawn && rest !== '' && ascii(box.text) === rest, exact: false };
}

/** 2.1.197 folds more than 800 characters or three lines; another version may fold less. */
function isFolded(text: string): boolean {
  return text.length > 200 || text.split('\n').length > 2;
}
