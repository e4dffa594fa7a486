/** A row of the screen as tmux can look for it: `#{C/r:…}`, an extended regular expression. */

export interface RowPattern {
  readonly regex: string;
}

/** Characters that stand for themselves in a format of tmux and in a regular expression. */
const PLAIN = /[\p{L}\p{N} _\u00a0❯─"'`~@%&=;<>/-]/u;
/** Those that do so in brackets only. */
const IN_BRACKETS = /[.!?*+()|$]/;
const ASCII = /[ -~]/;
const MAX_LENGTH = 200;

/**
 * The whole row `text`, from its first character to its last; of a long row the beginning. What
 * tmux could read in another way is any character, and what is wide or combined any characters.
 */
export function rowPattern(text: string): RowPattern {
  const long = text.length > MAX_LENGTH;
  const parts = Array.from(text.slice(0, MAX_LENGTH).toWellFormed(), (one) => {
    if (PLAIN.test(one)) return one;
    if (IN_BRACKETS.test(one)) return `[${one}]`;
    return ASCII.test(one) ? '.' : '.*';
  });
  return { regex: `^${parts.join('').replaceAll(/(?:\.\*)+/g, '.*')}${long ? '' : '$'}` };
}
