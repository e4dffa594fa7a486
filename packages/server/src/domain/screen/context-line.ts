/**
 * How full Claude Code says its context is: a hint at the right edge below the prompt box, in the
 * last 20,000 tokens before its context counts as full. The words, and what they count against, by
 * the client's own bundle (2.1.197):
 *
 *   96% context used                        of the window less the reserve for an answer
 *   Context low (4% remaining) · Run …      of the same, where compaction by itself is off
 *   12% until auto-compact                  of a point of compaction that the screen does not name
 *
 * The third one tells no use of the window, so it is not read. " · /model …" can follow each.
 */
import type { FoundBox } from './prompt-box.ts';
import type { ContextLine } from './screen-reading.ts';

const HINT = / {2}(?:(\d{1,3})% context used|Context low \((\d{1,3})% remaining\))(?: · .*)?$/;
/** The client leaves two columns free; characters of two columns before the hint make rows shorter. */
const EDGE = 8;

/** The hint in the rows below the box; words that a status line of the user's says do not count. */
export function findContextLine(
  texts: readonly string[],
  { bottom }: Pick<FoundBox, 'bottom'>,
): ContextLine | null {
  const width = texts[bottom]?.length ?? 0;
  for (const row of texts.slice(bottom + 1)) {
    const [words, used, remaining] = HINT.exec(row) ?? [];
    if (words === undefined || row.length < width - EDGE) continue;
    const usedPercent = used === undefined ? 100 - Number(remaining) : Number(used);
    if (usedPercent >= 0 && usedPercent <= 100) return { usedPercent, lines: [words.trim()] };
  }
  return null;
}
