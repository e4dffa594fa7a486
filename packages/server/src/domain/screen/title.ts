/** What the title that Claude Code gives its terminal says: its topic behind a sign (2.1.197). */
import type { Sighting } from './screen-reading.ts';

/** Every braille pattern but the empty one. A list, for tmux knows no ranges beyond ASCII. */
const SIGNS = Array.from({ length: 255 }, (_, n) => String.fromCodePoint(0x2801 + n)).join('');
/**
 * A title of a client that works, as a regular expression, also for tmux: the sign turns
 * (`⠂ Fix the rounding`), at rest it is `✳`.
 */
export const WORKING_TITLE = `^[${SIGNS}] `;

const TURNING = new RegExp(WORKING_TITLE, 'u');

/**
 * That the client works, by its title; null where it does not say so. With a status line the footer
 * has no `esc to interrupt`, and while an answer is written there is no spinner either: then the
 * title is all there is. One of a client that was killed stays, so the screen has to show its box.
 */
export function workingTitle(title: string): Sighting | null {
  return TURNING.test(title) ? { lines: [title] } : null;
}
