/** A setting that the text does not have yet. Pure. */
import type { SettingName } from '@headspace/contract';
import { isScalar, type YAMLMap } from 'yaml';
import type { ParsedConfig, Section } from './read-config.ts';
import { renderYaml } from './render-yaml.ts';
import type { PresentValue } from './replace-value.ts';
import { applyEdit, indentOf, lineEndOf, nextLineStart, type Edit } from './text-lines.ts';

const INDENT = '  ';

/** Puts it behind the last name of its section, or makes the section at the end of the text. */
export function insertSetting(
  text: string,
  config: ParsedConfig,
  name: SettingName,
  value: PresentValue,
): Edit {
  const section = config.sections
    .filter((one) => name.startsWith(one.prefix))
    .reduce<Section | undefined>(
      (best, one) => (best && best.prefix.length > one.prefix.length ? best : one),
      undefined,
    );
  const rest = name.slice(section?.prefix.length ?? 0);
  const rendered = renderYaml(value);
  if (section?.map && section.map.flow === true) return intoFlow(section.map, rest, rendered);
  if (section?.map && section.map.items.length > 0) {
    const last = section.map.items[section.map.items.length - 1];
    const first = section.map.items[0];
    const indent = indentOf(text, first?.key.range[0] ?? 0) ?? '';
    const dotted = section.prefix === '' && usesDots(section.map);
    const at = nextLineStart(text, last?.value?.range[1] ?? last?.key.range[1] ?? 0);
    return ownLine(text, at, linesOf(text, dotted ? [rest] : rest.split('.'), rendered, indent));
  }
  if (section?.entry) {
    // `server:` with nothing below it.
    const { key, value: empty } = section.entry;
    const indent = `${indentOf(text, key.range[0]) ?? ''}${INDENT}`;
    const lines = linesOf(text, rest.split('.'), rendered, indent);
    if (empty && empty.range[0] < empty.range[1]) {
      const cleared: Edit = { from: empty.range[0], to: empty.range[1], text: '' };
      const without = applyEdit(text, cleared);
      const edit = ownLine(without, nextLineStart(without, cleared.from), lines);
      return { from: 0, to: text.length, text: applyEdit(without, edit) };
    }
    return ownLine(text, nextLineStart(text, key.range[1]), lines);
  }
  const lines = linesOf(text, rest.split('.'), rendered, '');
  const { contents, range } = config.document;
  if (isScalar(contents) && contents.range && contents.range[0] < contents.range[1]) {
    return { from: contents.range[0], to: contents.range[1], text: lines.trimEnd() };
  }
  const endMark = /(?<=^\uFEFF?)\.\.\.(?=\s)/m.exec(text)?.index;
  return ownLine(text, endMark ?? nextLineStart(text, range[1]), lines);
}

function usesDots(map: YAMLMap.Parsed): boolean {
  return map.items.some(({ key }) => isScalar(key) && String(key.value).includes('.'));
}

function intoFlow(map: YAMLMap.Parsed, rest: string, rendered: string): Edit {
  const last = map.items[map.items.length - 1];
  if (!last) return at(map.range[0] + 1, `${rest}: ${rendered}`);
  return at(last.value?.range[1] ?? last.key.range[1], `, ${rest}: ${rendered}`);
}

function at(offset: number, text: string): Edit {
  return { from: offset, to: offset, text };
}

/** Lines at the start of a line; where the line before has no end it gets one. */
function ownLine(text: string, offset: number, lines: string): Edit {
  const missingEnd = offset > 0 && text[offset - 1] !== '\n' && text.slice(0, offset) !== '\uFEFF';
  return at(offset, `${missingEnd ? lineEndOf(text) : ''}${lines}`);
}

function linesOf(text: string, keys: readonly string[], rendered: string, indent: string): string {
  const end = lineEndOf(text);
  return keys
    .map((key, depth) => {
      const value = depth === keys.length - 1 ? ` ${rendered}` : '';
      return `${indent}${INDENT.repeat(depth)}${key}:${value}${end}`;
    })
    .join('');
}
