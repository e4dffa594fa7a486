/** Takes a setting out of the text; comments beside and within it stay. Pure. */
import type { YAMLMap } from 'yaml';
import type { Entry, Leaf } from './read-config.ts';
import { commentsIn, indentOf, keptComments, nextLineStart, type Edit } from './text-lines.ts';

/** Undefined where it does not stand in a way that lets it be taken out by itself. */
export function removeSetting(text: string, leaf: Leaf): Edit | undefined {
  // A section that held only this goes with it.
  let depth = leaf.around.length - 1;
  let { entry } = leaf;
  for (; depth > 0; depth -= 1) {
    const { map, entry: holder } = leaf.around[depth] ?? {};
    if (!map || map.flow === true || map.items.length > 1 || !holder) break;
    entry = holder;
  }
  const map = leaf.around[depth]?.map;
  if (!map) return undefined;
  return map.flow === true ? fromFlow(text, map, entry) : fromBlock(text, entry);
}

function endOf(entry: Entry): number {
  return entry.value?.range[1] ?? entry.key.range[1];
}

function fromBlock(text: string, entry: Entry): Edit | undefined {
  const start = entry.key.range[0];
  const indent = indentOf(text, start);
  if (indent === undefined) return undefined;
  const from = start - indent.length;
  const to = nextLineStart(text, endOf(entry));
  const comments = keptComments(text, from, to, indent);
  // The last line of the text may have no end; then what stays has none either.
  const isOpen = to === text.length && text[to - 1] !== '\n';
  return { from, to, text: isOpen ? comments.trimEnd() : comments };
}

function fromFlow(text: string, map: YAMLMap.Parsed, entry: Entry): Edit {
  const index = map.items.indexOf(entry);
  const next = map.items[index + 1];
  const previous = map.items[index - 1];
  const from = next || !previous ? entry.key.range[0] : endOf(previous);
  const comma = /^\s*,/.exec(text.slice(endOf(entry)))?.[0].length ?? 0;
  const to = next ? next.key.range[0] : previous ? endOf(entry) : endOf(entry) + comma;
  // A comment ends with its line, so the line end and what indents the next one stay too.
  const comments = commentsIn(text, from, to).map((comment) => {
    const end = /^[^\n]*\n?[ \t]*/.exec(text.slice(comment.from))?.[0] ?? comment.text;
    return ` ${end}`;
  });
  return { from, to, text: comments.join('') };
}
