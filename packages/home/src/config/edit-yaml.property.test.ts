/**
 * Files as people write them, with comments wherever YAML has them, and any change of any setting:
 * what was not named stays byte for byte.
 */
import {
  describeSetting,
  SETTING_NAMES,
  type SettingName,
  type SettingValue,
} from '@headspace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editYaml } from './edit-yaml.ts';
import { ConfigSyntaxError, leafOf, readConfig } from './read-config.ts';
import { commentsIn, lineStart, nextLineStart } from './text-lines.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
/** Numbered afterwards, so that each can be found again. */
const comment = fc.constantFrom('', '', ' # C', '   #C');
const ownComment = fc.constantFrom('', '', '# C\n', '\n', '   # C: [{\n');
const text = fc.oneof(
  word,
  fc.constantFrom(
    'a b',
    'true',
    '1',
    '',
    '#x',
    'a: b',
    "it's",
    'ä✓',
    '- a',
    '{',
    '~',
    'x #',
    '\t',
    '"',
  ),
  fc.string(),
);

function valueOf(name: SettingName): fc.Arbitrary<Exclude<SettingValue, null>> {
  const { kind, min, max, options } = describeSetting(name);
  if (kind === 'choice') return fc.constantFrom(...options);
  if (kind === 'list') return fc.array(text, { maxLength: 4 });
  if (kind === 'switch') return fc.boolean();
  if (kind === 'text') return text;
  return fc.integer({ min: Math.ceil(min ?? 0), max: Math.min(max ?? 1e6, 1e6) });
}

const quote = (value: unknown): fc.Arbitrary<string> => {
  const json = JSON.stringify(value);
  return typeof value === 'string' && /^[a-z]+$/.test(value)
    ? fc.constantFrom(json, `'${value}'`, value)
    : fc.constant(json);
};

interface Line {
  readonly key: string;
  readonly written: string;
  readonly above: string;
  readonly beside: string;
}

const lineOf = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Line> =>
  fc.record({
    key: fc.constant(key),
    written: value.chain(quote),
    above: ownComment,
    beside: comment,
  });

const foreign = fc.oneof(
  lineOf('foreign', fc.oneof(fc.integer(), text)),
  fc.constant<Line>({ key: 'kept', written: '|+\n    a # no comment\n\n', above: '', beside: '' }),
  fc.constant<Line>({
    key: 'more',
    written: '\n    - x # C\n    - {y: 1, z: [2]} # C\n',
    above: '',
    beside: '',
  }),
);

const block = (head: string, lines: readonly Line[], indent: string): string =>
  `${head}:\n${lines
    .map(({ key, written, above, beside }) => {
      const end = written.endsWith('\n') ? '' : `${beside}\n`;
      return `${above}${indent}${key}: ${written}${end}`;
    })
    .join('')}`;

const flow = (head: string, lines: readonly Line[], gap: string): string => {
  const items = lines
    .filter(({ written }) => !written.includes('\n'))
    .map(({ key, written }, i) => `${key}: ${written}${i === lines.length - 1 ? '' : `,${gap}`}`);
  return `${head}: {${items.join('')}}\n`;
};

/** A section with some of its settings, in lines, in braces, or as dotted names. */
function section(head: string): fc.Arbitrary<string> {
  const names = SETTING_NAMES.filter((name) => name.startsWith(`${head}.`));
  const lines = fc
    .shuffledSubarray(names, { minLength: 1 })
    .chain((chosen) =>
      fc.tuple(...chosen.map((name) => lineOf(name.slice(head.length + 1), valueOf(name)))),
    );
  return fc
    .tuple(lines, fc.option(foreign), fc.nat(2), fc.constantFrom(' ', '  ', '    '))
    .chain(([own, extra, style, indent]) => {
      const all: Line[] = extra === null ? own : [...own, extra];
      if (style === 0) return fc.constant(block(head, all, indent));
      if (style === 1) return fc.constantFrom(' ', ' # C\n  ').map((gap) => flow(head, all, gap));
      return fc.constant(
        own
          .map(({ key, written, above, beside }) => `${above}${head}.${key}: ${written}${beside}\n`)
          .join(''),
      );
    });
}

const HEADS = [...new Set(SETTING_NAMES.map((name) => name.split('.')[0] ?? ''))];

/** Numbers the comments and sets the line ends. */
const file = fc
  .record({
    start: fc.constantFrom('', '', '# C\n', '---\n', '\uFEFF', '%YAML 1.2\n---\n'),
    sections: fc.shuffledSubarray(HEADS).chain((heads) => fc.tuple(...heads.map(section))),
    unknown: fc.constantFrom(
      '',
      'unknown: {a: [1, {b: c}]} # C\n',
      'other:\n  # C\n- "x"\n- y # C\n',
    ),
    end: fc.constantFrom('', '', '# C', '\n\n# C\n', '...\n'),
    crlf: fc.boolean(),
  })
  .map(({ start, sections, unknown, end, crlf }) => {
    let count = 0;
    const whole = `${start}${unknown}${sections.join('')}${end}`.replaceAll(
      /(# ?C)(?=$|:|\n)/g,
      (mark) => `${mark}${String((count += 1))}`,
    );
    return crlf ? whole.replaceAll('\n', '\r\n') : whole;
  })
  .filter(isReadable);

function isReadable(whole: string): boolean {
  try {
    readConfig(whole);
    return true;
  } catch {
    return false;
  }
}

const change = fc
  .constantFrom(...SETTING_NAMES)
  .chain((name) => fc.tuple(fc.constant(name), fc.option(valueOf(name))));

const marks = (whole: string): string[] =>
  commentsIn(whole, 0, whole.length).map((one) => one.text);
const values = (whole: string): Map<string, unknown> =>
  new Map(readConfig(whole).leaves.map(({ name, value }) => [name, value]));

/** Where the text may change: at the named entry, or anywhere if it is not there yet. */
function touchable(whole: string, name: SettingName, removed: boolean): [number, number] | null {
  const leaf = leafOf(readConfig(whole), name);
  if (!leaf) return null;
  const { map, entry: holder } = leaf.around.at(-1) ?? {};
  const goesToo = removed && map?.items.length === 1 && holder;
  const entry = map?.flow === true || goesToo ? (holder ?? leaf.entry) : leaf.entry;
  const to = entry.value?.range[1] ?? entry.key.range[1];
  return [lineStart(whole, entry.key.range[0]), nextLineStart(whole, to)];
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

function commonEnd(a: string, b: string, limit: number): number {
  let length = 0;
  while (length < limit && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1;
  return length;
}

/**
 * The change, or null where it is refused: what touches a text that keeps its blank lines (`|+`)
 * cannot always be changed without changing that text, and then nothing is.
 */
function edited(before: string, name: SettingName, value: SettingValue | null): string | null {
  try {
    return editYaml(before, new Map([[name, value]]));
  } catch (error) {
    if (error instanceof ConfigSyntaxError && before.includes('|+')) return null;
    throw error;
  }
}

describe('any change of any file', () => {
  it('changes the named setting and keeps every comment and every other value', () => {
    fc.assert(
      fc.property(file, change, (before, [name, value]) => {
        const after = edited(before, name, value);
        fc.pre(after !== null);
        const wanted = values(before);
        if (value === null) wanted.delete(name);
        else wanted.set(name, value);
        expect(values(after)).toEqual(wanted);
        expect(marks(after).toSorted()).toEqual(marks(before).toSorted());
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps every byte outside of the named entry; what is new is put in at one place', () => {
    fc.assert(
      fc.property(file, change, (before, [name, value]) => {
        const after = edited(before, name, value);
        fc.pre(after !== null);
        const part = touchable(before, name, value === null);
        const start = commonStart(before, after);
        const end = commonEnd(before, after, Math.min(before.length, after.length) - start);
        if (part === null) {
          if (value === null) expect(after).toBe(before);
          else expect(start + end).toBe(before.length);
        } else {
          // Line by line, since what goes can begin or end like what stays.
          expect(after.startsWith(before.slice(0, part[0]))).toBe(true);
          expect(after.endsWith(before.slice(part[1]))).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('can be taken back: a value that was there, and one that was not', () => {
    fc.assert(
      fc.property(file, change, (before, [name, value]) => {
        if (value === null || Array.isArray(value)) return;
        const leaf = leafOf(readConfig(before), name);
        const after = edited(before, name, value);
        fc.pre(after !== null);
        const back = editYaml(after, new Map([[name, (leaf?.value ?? null) as SettingValue]]));
        expect(values(back)).toEqual(values(before));
        if (leaf) expect(editYaml(back, new Map([[name, value]]))).toBe(after);
      }),
      { numRuns: 500 },
    );
  });
});
