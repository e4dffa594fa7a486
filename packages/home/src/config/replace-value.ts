/** A new value in the place of the one that a setting has in the text. Pure. */
import type { SettingValue } from '@headspace/contract';
import { isAlias, isMap, isScalar, isSeq, Scalar, type ParsedNode, type YAMLSeq } from 'yaml';
import type { Leaf } from './read-config.ts';
import { renderYaml } from './render-yaml.ts';
import {
  commentsIn,
  indentOf,
  keptComments,
  lineEndOf,
  lineStart,
  nextLineStart,
  type Edit,
} from './text-lines.ts';

export type PresentValue = Exclude<SettingValue, null>;

export function replaceValue(text: string, { entry }: Leaf, value: PresentValue): Edit {
  const node = entry.value;
  const rendered = renderYaml(value);
  if (!node || node.range[0] === node.range[1]) {
    // `port:` with nothing, or only a comment, behind it.
    const colon = colonAfter(text, entry.key.range[1]);
    return { from: colon, to: colon, text: ` ${rendered}` };
  }
  const [from, to] = node.range;
  const isFlow = (isSeq(node) || isMap(node)) && node.flow === true;
  if (isFlow) return { from, to, text: withComments(text, from, to, rendered) };
  if (isSeq(node) && Array.isArray(value) && value.length > 0) {
    const edit = replaceItems(text, node, value);
    if (edit) return edit;
  }
  if (!isBlock(node)) return { from, to, text: rendered };
  // Block lists and block texts give way to one line; comments within them stay below it.
  const colon = colonAfter(text, entry.key.range[1]);
  const indent = indentOf(text, entry.key.range[0]) ?? '';
  const end = text[to - 1] === '\n' ? lineEndOf(text) : '';
  const comments = keptComments(text, colon, to, indent);
  return { from: colon, to, text: ` ${rendered}${end}${comments}` };
}

function isBlock(node: ParsedNode): boolean {
  if (isAlias(node)) return false;
  if (!isScalar(node)) return true;
  return node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
}

/** Behind the colon of a key. */
function colonAfter(text: string, offset: number): number {
  return text.indexOf(':', offset) + 1;
}

/** `[a, b]` with the comments that stood between the old brackets. */
function withComments(text: string, from: number, to: number, rendered: string): string {
  const comments = commentsIn(text, from, to);
  if (comments.length === 0) return rendered;
  const end = lineEndOf(text);
  const indent = `${/^[ \t]*/.exec(text.slice(lineStart(text, from)))?.[0] ?? ''}  `;
  const lines = comments.map((comment) => ` ${comment.text}${end}${indent}`).join('');
  return rendered.startsWith('[') ? `[${lines}${rendered.slice(1)}` : rendered;
}

/**
 * Takes lines out of a block list and puts lines in, between its common beginning and end with the
 * new one. Undefined where its items are not on lines of their own.
 */
function replaceItems(
  text: string,
  list: YAMLSeq.Parsed,
  value: readonly string[],
): Edit | undefined {
  const old = list.items.map((item) => (isScalar(item) ? item.value : undefined));
  const first = list.items[0];
  if (!first) return undefined;
  const indent = indentOf(text, list.range[0]);
  if (indent === undefined) return undefined;
  let head = 0;
  while (head < old.length && head < value.length && old[head] === value[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < value.length - head &&
    old[old.length - 1 - tail] === value[value.length - 1 - tail]
  ) {
    tail += 1;
  }
  const end = lineEndOf(text);
  const starts = list.items.map((item) => lineStart(text, item.range[0]));
  const after = nextLineStart(text, list.items[list.items.length - 1]?.range[1] ?? 0);
  const from = starts[head] ?? after;
  const to = head + tail === old.length ? from : (starts[old.length - tail] ?? after);
  const added = value.slice(head, value.length - tail);
  const lines = added.map((item) => `${indent}- ${renderYaml([item]).slice(1, -1)}${end}`).join('');
  const missingEnd = from > 0 && text[from - 1] !== '\n' ? end : '';
  return { from, to, text: `${missingEnd}${keptComments(text, from, to, indent)}${lines}` };
}
