/**
 * Dialogs: they stand in the place of the prompt box, and every key goes to them. Recognised by the
 * arrow before one of their options; named by the words they are known to carry.
 */
import { hashText } from '../hash-text.ts';
import { RULE } from './prompt-box.ts';
import type { DialogKind, DialogOption, ScreenDialog } from './screen-reading.ts';

/** The arrow of a dialog with an ordinary blank. */
const ARROW = /^\s*❯ /;
const OPTION = /^(\s*)(❯ )?\s*(\d{1,2})\. (?:\[(.)\] )?(.*)$/;
const HINT =
  /(?:Esc to (?:cancel|exit|go back)|Enter to (?:select|confirm|submit)|↑\/↓ to navigate)/;
const MAX_LINES = 40;
const MAX_TEXT = 400;

/** The dialog at the bottom of a screen that has no prompt box; null where none is recognised. */
export function findDialog(lines: readonly string[]): ScreenDialog | null {
  const region = dialogRegion(lines);
  if (region === null) return null;
  const options = readOptions(region);
  const hinted = region.some((line) => HINT.test(line));
  if (!region.some((line) => ARROW.test(line)) && !hinted) return null;
  // An arrow alone could be a line of the conversation: options or the dialog's own hint prove it.
  if (options.length < 2 && !hinted) return null;
  const kept = region.filter((line) => line.trim() !== '');
  const text = kept.map((line) => line.trim()).join('\n');
  return {
    kind: kindOf(text),
    title: titleOf(kept),
    options,
    fingerprint: hashText(unselected(kept)),
    lines: kept.slice(0, MAX_LINES).map((line) => line.slice(0, MAX_TEXT)),
    rows: kept,
  };
}

/** From the rule above the dialog to the end of the screen; the whole screen if that scrolled away. */
function dialogRegion(lines: readonly string[]): string[] | null {
  const arrow = lines.findLastIndex((line) => ARROW.test(line) && !isHistory(line));
  const hint = lines.findLastIndex((line) => HINT.test(line));
  const mark = arrow === -1 ? hint : arrow;
  if (mark === -1) return null;
  let top = lines.findLastIndex((line, index) => index < mark && RULE.test(line));
  // A question has a rule of its own above its last option.
  while (top > 0 && Number(OPTION.exec(lines[top + 1] ?? '')?.[3] ?? 1) > 1) {
    const inner = top;
    top = lines.findLastIndex((line, index) => index < inner && RULE.test(line));
  }
  const region = lines.slice(top + 1).filter((line) => !RULE.test(line));
  return isHistoryAfter(region, mark - top - 1) ? null : region;
}

/** `❯ words` at the left edge is what a person asked; an option there has a number. */
const isHistory = (line: string): boolean => line.startsWith('❯ ') && !OPTION.test(line);

/** Text of the conversation below the arrow: that was no dialog, or one that is over. */
function isHistoryAfter(region: readonly string[], mark: number): boolean {
  return region.slice(Math.max(0, mark)).some((line) => /^[●✻] /.test(line));
}

function readOptions(region: readonly string[]): DialogOption[] {
  const options: DialogOption[] = [];
  for (const line of region) {
    const match = OPTION.exec(line);
    if (match === null) continue;
    const [, , arrow, key = '', check, label = ''] = match;
    // The numbers of options go up by one; a numbered list above them does not count as theirs.
    if (Number(key) !== options.length + 1) {
      if (key !== '1') continue;
      options.length = 0;
    }
    options.push({
      key,
      label: label.trim().slice(0, MAX_TEXT),
      selected: arrow !== undefined,
      checked: check === undefined ? null : check !== ' ',
    });
  }
  return options;
}

/** Most special first: the words of one kind can occur in the text of a more general one. */
const KINDS: readonly (readonly [DialogKind, RegExp])[] = [
  ['trust', /Accessing workspace:|trust (?:this folder|the files in this folder)/],
  ['api-key', /Do you want to use this API key\?/],
  ['login', /Select login method:|Paste code here if prompted/],
  ['limit', /Stop and wait for limit to reset|Wait for limit to reset|hit your .*limit/],
  ['model', /^(?:Switch model\?|Select model)/m],
  ['elicitation', /^MCP server .* requests your input/m],
  ['plan', /^(?:Exit plan mode\?|Ready to code\?)|wants to exit plan mode|Here is Claude's plan/m],
  [
    'question',
    /Enter to select ·|^←  [☐☒✔]|^[☐☒] |Ready to submit your answers\?|^\d+\. Chat about this/m,
  ],
  ['permission', /Do you want to |This command requires approval|^No, and tell Claude/m],
];

const kindOf = (text: string): DialogKind =>
  KINDS.find(([, words]) => words.test(text))?.[0] ?? 'other';

const titleOf = (kept: readonly string[]): string => (kept[0] ?? '').trim().slice(0, MAX_TEXT);

/** The dialog without arrow, marks and blanks, up to its hints: what makes it this one. */
function unselected(kept: readonly string[]): string {
  return kept
    .filter((line) => !HINT.test(line))
    .map((line) => line.replace('❯ ', '').replace(/\[[ ✔]\]/, ''))
    .join('')
    .replaceAll(/\s+/g, '');
}
