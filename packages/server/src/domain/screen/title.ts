/** What the title that Claude Code gives its terminal says: its topic behind a sign (2.1.197). */
import type { Sighting } from './screen-reading.ts';

/** The sign turns while it works (`⠂ Fix the rounding`) and is `✳` at rest. */
const TURNING = /^[\u2801-\u28ff] /u;

/**
 * That the client works, by its title; null where it does not say so. With a status line the footer
 * has no `esc to interrupt`, and while an answer is written there is no spinner either: then the
 * title is all there is. One of a client that was killed stays, so the screen has to show its box.
 */
export function workingTitle(title: string): Sighting | null {
  return TURNING.test(title) ? { lines: [title] } : null;
}
