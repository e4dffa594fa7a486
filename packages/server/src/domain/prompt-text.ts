/**
 * The normal form of a prompt: the text that is stored, shown, sent to the terminal and expected
 * back from Claude Code. Pure and idempotent. What the client does was seen on 2.1.197 by pasting
 * each of these and reading the prompt of UserPromptSubmit:
 *
 * | given                                       | becomes                                            |
 * | ------------------------------------------- | -------------------------------------------------- |
 * | CR LF, CR                                   | LF                                                 |
 * | tab                                         | four spaces                                        |
 * | other control characters (C0, DEL, C1)      | nothing: ESC[201~ would end the paste early        |
 * | half a surrogate pair                       | U+FFFD                                             |
 * | combining characters                        | composed (Unicode NFC): the client does it too     |
 * | white space at the end                      | nothing: the client takes it off                   |
 * | `!` or `/` at the start of a text           | one space before it: else a command would run      |
 * | white space at the start of a command       | nothing: the sign has to stand first               |
 *
 * All else stays: lines, quotes, emoji and what joins them, `#`, `@`, `&`, `?`, spaces at the start.
 */
import type { PromptKind } from '@headspace/contract';

const TAB = '    ';
/** Everything of C0 but tab and line feed, DEL, and C1. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The normal form of `text`; empty where nothing is left of it. */
export function normalForm(text: string, { command }: { command: boolean }): string {
  const plain = text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\t', TAB)
    .replaceAll(CONTROLS, '')
    .normalize('NFC')
    .trimEnd();
  if (command) return plain.trimStart();
  return /^[!/]/.test(plain) ? ` ${plain}` : plain;
}

/**
 * What is put into the prompt box for a text in normal form. After a backslash Enter would be a new
 * line, so a space follows it. The client takes it off again, but not from a text so long that the
 * box shows a mark for it: there it arrives.
 */
export function pasteForm(normal: string): string {
  return normal.endsWith('\\') ? `${normal} ` : normal;
}

/** Words that end the session when they are all there is, spaces around them or not (2.1.197). */
const EXIT_WORDS: ReadonlySet<string> = new Set(['exit', 'quit', ':q', ':q!', ':wq', ':wq!']);

/**
 * Why a text in normal form cannot be sent, in words for its sender; null where it can.
 * `limit` in characters (UTF-16 units).
 */
export function promptProblem(normal: string, kind: PromptKind, limit: number): string | null {
  if (normal.trim() === '') return 'is empty: give at least one visible character';
  if (normal.length > limit) {
    return `has ${normal.length} characters, more than the ${limit} of prompts.maxCharacters: put it into a file and name the file`;
  }
  if (kind === 'command') {
    return /^[!/]\S?/.test(normal) && normal.trim().length > 1
      ? null
      : 'is no command: a command begins with / or !';
  }
  return EXIT_WORDS.has(normal.trim())
    ? `would end the session: Claude Code takes "${normal.trim()}" alone as its exit; send the command /exit if that is meant`
    : null;
}
