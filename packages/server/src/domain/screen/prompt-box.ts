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

const bare = (text: string): string => text.replaceAll(/\s+/g, '');

/**
 * Whether the box holds exactly `text`, as far as a box can show it: rows are wrapped, so blanks do
 * not count. A folded paste is recognised by its mark: it must stand for the whole text, with the
 * same number of line breaks. `exact` false means that only the mark could be compared.
 */
export function boxHolds(
  box: PromptBox,
  text: string,
): { readonly holds: boolean; readonly exact: boolean } {
  const [mark, ...others] = box.pastes;
  if (mark !== undefined && others.length === 0 && bare(box.text) === bare(mark)) {
    if (bare(text) === bare(mark)) return { holds: true, exact: true };
    const breaks = text.split('\n').length - 1;
    const told = Number(/\+(\d+) lines/.exec(mark)?.[1] ?? 0);
    return { holds: breaks === told, exact: false };
  }
  return { holds: bare(box.text) === bare(text), exact: true };
}
