/** Lines and comments of a YAML text, by offsets. Pure. */
import { Lexer } from 'yaml';

/** The text with one part replaced. */
export interface Edit {
  readonly from: number;
  /** First character that stays again. */
  readonly to: number;
  readonly text: string;
}

export function applyEdit(text: string, edit: Edit): string {
  return text.slice(0, edit.from) + edit.text + text.slice(edit.to);
}

/** The line end that the text uses. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Start of the line after the one that ends here or goes on from here; the end of the text if none. */
export function nextLineStart(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** The blanks before something on its line; undefined where something else stands before it. */
export function indentOf(text: string, offset: number): string | undefined {
  const before = text.slice(lineStart(text, offset), offset).replace(/^\uFEFF/, '');
  return /^[ \t]*$/.test(before) ? before : undefined;
}

export interface Comment {
  readonly from: number;
  /** With its `#`, without its line end. */
  readonly text: string;
  /** The whole line where nothing else is on it. */
  readonly line: string | undefined;
}

/** Comments that begin between two offsets. `#` in texts and block texts is none. */
export function commentsIn(text: string, from: number, to: number): Comment[] {
  const comments: Comment[] = [];
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    // These stand for structure, not for characters of the text.
    if (token === '\u0002' || token === '\u0018' || token === '\u001F') continue;
    if (token.startsWith('#') && isComment(text, offset) && offset >= from && offset < to) {
      const indent = indentOf(text, offset);
      const line = indent === undefined ? undefined : indent + token;
      comments.push({ from: offset, text: token, line });
    }
    offset += token.length;
  }
  return comments;
}

/** A plain text can begin with `#` only where a comment could, so blanks before it decide. */
function isComment(text: string, offset: number): boolean {
  return offset === 0 || /[\s\uFEFF]/.test(text[offset - 1] ?? '');
}

/** The comments of a part that goes, each on a line of its own. */
export function keptComments(text: string, from: number, to: number, indent: string): string {
  const end = lineEndOf(text);
  return commentsIn(text, from, to)
    .map((comment) => `${comment.line ?? indent + comment.text}${end}`)
    .join('');
}
