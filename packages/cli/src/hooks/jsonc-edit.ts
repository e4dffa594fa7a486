/**
 * Small edits of JSON-with-comments as text: what is not edited stays byte for byte. jsonc-parser
 * gives the tree and the tokens; the edits are made here, so that taking out a member is the exact
 * reverse of putting it in.
 */
import {
  createScanner,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';

export type { Node };

// Numbers of jsonc-parser's SyntaxKind, a const enum that type stripping cannot reach.
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;

/** The text is not JSON, also not with comments. Line and column count from 1. */
export class JsoncError extends Error {
  override readonly name = 'JsoncError';
  readonly line: number;
  readonly column: number;
  constructor(reason: string, text: string, offset: number) {
    const before = text.slice(0, offset).split('\n');
    super(reason);
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

/** How the text is laid out, as far as new lines must follow it. */
export interface Layout {
  readonly eol: string;
  readonly indent: string;
}

/** Tree of the text; comments and trailing commas are allowed. Throws JsoncError. */
export function parseJsonc(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const words = printParseErrorCode(first.error).replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);
    throw new JsoncError(words.trim(), text, first.offset);
  }
  if (!root) throw new JsoncError('no value', text, 0);
  return root;
}

/** Value of the last member of that name, which is the one that counts when names repeat. */
export function memberValue(object: Node, key: string): Node | undefined {
  return memberOf(object, key)?.children?.[1];
}

/** The last member (name and value) of that name. */
export function memberOf(object: Node, key: string): Node | undefined {
  if (object.type !== 'object') return undefined;
  return object.children?.findLast((member) => member.children?.[0]?.value === key);
}

/** Plain value of a node. */
export function valueOf(node: Node): unknown {
  // getNodeValue makes objects without a prototype, which compare as different.
  return structuredClone<unknown>(getNodeValue(node));
}

/** End of line and one step of indentation as the text has them; two spaces where it has none. */
export function layoutOf(text: string): Layout {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const indent = /\n([ \t]+)["}\]{[]/.exec(text)?.[1] ?? '  ';
  return { eol, indent };
}

/**
 * Puts a member or element at the end of an object or array. `depth` is the number of indentation
 * steps of the container's members. Follows the text in its trailing commas and keeps comments
 * where they stand.
 */
export function append(
  text: string,
  container: Node,
  item: string,
  depth: number,
  layout: Layout,
): string {
  const last = container.children?.at(-1);
  const close = endOf(container) - 1;
  const from = last ? endOf(last) : container.offset + 1;
  const between = tokens(text, from, close);
  const hasComma = between.some((token) => token.kind === COMMA);
  const bodyEnd = between.at(-1)?.end ?? from;
  const tail = text.slice(bodyEnd, close);
  const line = `${layout.eol}${layout.indent.repeat(depth)}${item}${last && hasComma ? ',' : ''}`;
  const end = tail.includes('\n') ? tail : `${layout.eol}${layout.indent.repeat(depth - 1)}`;
  const comma = last && !hasComma ? ',' : '';
  return text.slice(0, from) + comma + text.slice(from, bodyEnd) + line + end + text.slice(close);
}

/** Takes a member or element out, with its comma and the blanks before it. Comments stay. */
export function remove(text: string, container: Node, child: Node): string {
  const children = container.children ?? [];
  const index = children.indexOf(child);
  const previous = children[index - 1];
  const next = children[index + 1];
  const close = endOf(container) - 1;
  const before = tokens(text, previous ? endOf(previous) : container.offset + 1, child.offset);
  const after = tokens(text, endOf(child), next ? next.offset : close);

  const ownComma = after[0]?.kind === COMMA ? after[0] : undefined;
  const end = ownComma?.end ?? endOf(child);
  const lineEnds = /^[ \t]*\r?\n/.test(text.slice(end));
  const leading = before.at(-1);
  let start = leading?.end ?? (previous ? endOf(previous) : container.offset + 1);
  // What follows must not slip into a comment that runs to the end of its line.
  if (leading?.kind === LINE_COMMENT && !lineEnds) start = child.offset;

  const kept = text.slice(end);
  const comma = ownComma ? undefined : before.find((token) => token.kind === COMMA);
  const head = comma
    ? text.slice(0, comma.start) + text.slice(comma.end, start)
    : text.slice(0, start);
  if (children.length > 1 || before.length > 0) return head + kept;
  const inside = kept.slice(0, close - end);
  return inside.trim() === '' ? head + kept.slice(inside.length) : head + kept;
}

function endOf(node: Node): number {
  return node.offset + node.length;
}

interface Token {
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

/** Commas and comments between two offsets; nothing else but blanks can stand there. */
function tokens(text: string, from: number, to: number): Token[] {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  const found: Token[] = [];
  while (scanner.getPosition() < to) {
    const kind: number = scanner.scan();
    const start = scanner.getTokenOffset();
    if (start >= to) break;
    if (kind === COMMA || kind === LINE_COMMENT || kind === BLOCK_COMMENT) {
      found.push({ kind, start, end: start + scanner.getTokenLength() });
    }
  }
  return found;
}
