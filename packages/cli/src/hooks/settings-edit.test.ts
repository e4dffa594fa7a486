import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesFor } from './entries.ts';
import { eventsFor } from './events.ts';
import { JsoncError, parseJsonc, valueOf } from './jsonc-edit.ts';
import { inspectHooks, isCurrent, putHooks, takeHooks } from './settings-edit.ts';

const entries = entriesFor({
  events: eventsFor('2.1.197'),
  transport: 'command',
  script: `/home/a b/it's/.headspace/bin/headspace-hook`,
  serverUrl: 'http://127.0.0.1:5055',
  hostId: 'host',
});

/** JSON text in any layout, with comments, trailing commas and repeated blanks. */
const blank = fc.constantFrom(
  '',
  ' ',
  '\n',
  '\r\n  ',
  '\n\t',
  ' /* note */ ',
  ' // note\n',
  '\n\n',
);
const scalar = fc.oneof(
  fc.string().map((s) => JSON.stringify(s)),
  fc.constantFrom('1', 'true', 'null', '-0.5e3', '"$HOME \\u0000 ü 🙂"'),
);
const joined = (open: string, parts: fc.Arbitrary<string>, close: string) =>
  fc.tuple(fc.array(parts, { maxLength: 3 }), blank, fc.boolean()).map(([list, end, trailing]) => {
    const comma = trailing && list.length > 0 ? ',' : '';
    return `${open}${list.join(',')}${comma}${end}${close}`;
  });
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    joined(
      '[',
      fc.tuple(blank, tie('value'), blank).map((p) => p.join('')),
      ']',
    ),
    object(
      tie('value'),
      fc.string().map((s) => `x${s}`),
    ),
  ),
}));
function object(member: fc.Arbitrary<string>, key: fc.Arbitrary<string>) {
  const part = fc
    .tuple(blank, key, blank, blank, member, blank)
    .map(([a, k, b, c, v, d]) => `${a}${JSON.stringify(k)}${b}:${c}${v}${d}`);
  return joined('{', part, '}');
}
const foreignGroup = fc.constantFrom(
  '{"matcher": "Bash", "hooks": [{"type": "command", "command": "mine.sh"}]}',
  '{ "hooks": [\n { "type": "command", "command": "notify" } ] }',
);
const eventList = joined(
  '[',
  fc.tuple(blank, foreignGroup, blank).map((p) => p.join('')),
  ']',
);
const hooksObject = object(
  eventList,
  fc.constantFrom('Stop', 'PreToolUse', 'SessionStart', 'MyOwnEvent'),
);
const settings = fc
  .tuple(
    blank,
    fc.array(
      fc.tuple(
        blank,
        fc.string().map((s) => JSON.stringify(`k${s}`)),
        value,
      ),
      {
        maxLength: 3,
      },
    ),
    fc.option(hooksObject),
    fc.nat(3),
    blank,
    fc.boolean(),
    blank,
  )
  .map(([start, members, hooks, at, inner, trailing, end]) => {
    const parts = members.map(([b, k, v]) => `${b}${k}: ${v}`);
    if (hooks !== null) parts.splice(Math.min(at, parts.length), 0, ` "hooks": ${hooks}`);
    const comma = trailing && parts.length > 0 ? ',' : '';
    return `${start}{${parts.join(',')}${comma}${inner}}${end}`;
  });

const unique = (text: string): boolean => {
  const seen = new Set<string>();
  const hooks = parseJsonc(text).children?.find((m) => m.children?.[0]?.value === 'hooks');
  return (hooks?.children?.[1]?.children ?? []).every((member) => {
    const key = String(member.children?.[0]?.value);
    return !seen.has(key) && seen.add(key);
  });
};

describe('hooks in a settings text', () => {
  it('keeps everything else, in value and in order, for any text', () => {
    fc.assert(
      fc.property(settings.filter(unique), (text) => {
        const installed = putHooks(text, entries);
        expect(isCurrent(inspectHooks(installed, entries))).toBe(true);
        expect(valueOf(parseJsonc(takeHooks(installed, text)))).toEqual(valueOf(parseJsonc(text)));
        expect(comments(installed)).toEqual(comments(text));
        expect(comments(takeHooks(installed, text))).toEqual(comments(text));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['two spaces', '{\n  "model": "opus",\n  "env": { "A": "1" }\n}\n'],
    ['tabs', '{\n\t"model": "opus"\n}\n'],
    ['CRLF', '{\r\n    "model": "opus"\r\n}\r\n'],
    ['no newline at the end', '{\n  "model": "opus"\n}'],
    ['trailing comma and comments', '{\n  // mine\n  "model": "opus", // best\n  /* end */\n}\n'],
    ['foreign hooks', '{\n  "hooks": {\n    "Stop": [\n      { "hooks": [] }\n    ]\n  }\n}\n'],
    ['empty object', '{}\n'],
    ['empty hooks', '{\n  "a": 1,\n  "hooks": {}\n}\n'],
    ['empty event list', '{\n  "hooks": {\n    "Stop": []\n  }\n}\n'],
  ])('is undone to the byte without the backup: %s', (_name, text) => {
    expect(takeHooks(putHooks(text, entries), text)).toBe(text);
  });

  it('writes in the layout of the file', () => {
    const text = putHooks('{\r\n\t"a": 1\r\n}\r\n', entries);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toContain('\r\n\t"hooks": {\r\n\t\t"SessionStart": [');
  });

  it('takes only its own entry from a group that a person has put together', () => {
    const mine = '{ "type": "command", "command": "/old/headspace-hook Stop" }';
    const theirs = '{ "type": "command", "command": "say done" }';
    const text = `{ "hooks": { "Stop": [ { "hooks": [ ${theirs}, ${mine} ] } ] } }`;
    expect(takeHooks(text)).toBe(`{ "hooks": { "Stop": [ { "hooks": [ ${theirs} ] } ] } }`);
  });

  it('names line and column of what it cannot edit', () => {
    const broken = () => putHooks('{\n  "a": 1\n  "b": 2\n}', entries);
    expect(broken).toThrow(JsoncError);
    expect(broken).toThrow(expect.objectContaining({ line: 3, column: 3 }));
    expect(() => putHooks('{ "hooks": [] }', entries)).toThrow('hooks must be an object');
    expect(() => putHooks('{ "hooks": { "Stop": {} } }', entries)).toThrow('Stop must be an array');
    expect(() => putHooks('[]', entries)).toThrow('the file must be an object');
  });

  it('tells installed, missing, outdated, unwanted and foreign', () => {
    const text = JSON.stringify({
      hooks: {
        Stop: [{ hooks: [entries.get('Stop'), { type: 'command', command: 'mine' }] }],
        PreToolUse: [{ hooks: [{ type: 'command', command: '/old/headspace-hook PreToolUse' }] }],
        WorktreeCreate: [
          { hooks: [{ type: 'command', command: 'headspace-hook WorktreeCreate' }] },
        ],
      },
    });
    const states = new Map(inspectHooks(text, entries).map((r) => [r.event, r]));
    expect(states.get('Stop')).toMatchObject({ state: 'installed', foreign: 1 });
    expect(states.get('PreToolUse')).toMatchObject({ state: 'outdated', foreign: 0 });
    expect(states.get('SessionEnd')).toMatchObject({ state: 'missing' });
    expect(states.get('WorktreeCreate')).toMatchObject({ state: 'unwanted' });
  });
});

function comments(text: string): string[] {
  const strings = /"(?:[^"\\]|\\.)*"/g;
  return text.replace(strings, '""').match(/\/\*.*?\*\/|\/\/[^\r\n]*/g) ?? [];
}
