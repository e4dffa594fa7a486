import { describe, expect, test } from 'vitest';
import { type Entry, parseEntry } from './entry.ts';
import { linesOf, listTranscripts, loadTranscript } from './testing/lines.ts';

const body = (fields: object): Entry['body'] | undefined =>
  parseEntry(JSON.stringify({ uuid: 'u', timestamp: '2026-11-01T00:00:00.000Z', ...fields }))?.body;
const user = (content: unknown, more: object = {}) =>
  body({ type: 'user', message: { content }, ...more });

describe('recorded transcripts', () => {
  test.each(listTranscripts())('every line of %s is understood', (name) => {
    for (const line of linesOf(loadTranscript(name))) {
      const entry = parseEntry(line);
      expect(entry?.body.kind).toBeDefined();
      expect(entry?.body.kind).not.toBe('unknown');
    }
  });

  test('prompts are what the person typed', () => {
    const prompts = (name: string) =>
      linesOf(loadTranscript(name)).flatMap((line) => {
        const found = parseEntry(line)?.body;
        return found?.kind === 'prompt' ? [`${found.by}: ${found.text.slice(0, 40)}`] : [];
      });
    expect(prompts('s08-clear-compact.0008.jsonl')).toEqual([
      'person: Print the package name',
      'person: Hello again after compact',
    ]);
    expect(prompts('s19-misc-events.0027.jsonl')).toEqual([
      'person: /review-cart rounding',
      'person: Go to the src folder',
      'person: Read the three source files',
      'shell: !echo from-bash-mode',
      'person: #',
      'person: Hello on another model',
    ]);
    expect(prompts('s23-teammate.0031.jsonl')).toEqual([
      'person: Start a teammate',
      'teammate: Another Claude session sent a message:\n<',
    ]);
    expect(prompts('s06-subagents.0006.jsonl').at(-1)).toMatch('notification: <task-notification>');
  });
});

describe('user', () => {
  test.each([
    ['an interrupt', user([{ type: 'text', text: '[Request interrupted by user]' }]), 'interrupt'],
    ['an interrupt of a tool', user('[Request interrupted by user for tool use]'), 'interrupt'],
    ['what nobody said', user('Caveat', { isMeta: true }), 'note'],
    ['a summary', user('This session …', { isCompactSummary: true }), 'note'],
    ['the output of a command', user('<local-command-stdout>x'), 'note'],
    ['a command of Claude Code itself', user('<command-name>/model</command-name>'), 'builtin'],
    ['nothing', user(undefined), 'note'],
    ['an image without words', user([{ type: 'image', source: {} }]), 'prompt'],
  ])('%s', (_name, found, kind) => {
    expect(found?.kind).toBe(kind);
  });

  test('a rejection is told from a failed tool', () => {
    const result = { type: 'tool_result', tool_use_id: 't', content: 'no', is_error: true };
    const rejected = user([result], { toolUseResult: 'User rejected tool use' });
    expect(rejected).toEqual({
      kind: 'tool_results',
      rejected: true,
      results: [{ toolUseId: 't', text: 'no', failed: true }],
    });
    expect(user([result], { toolUseResult: 'Error: no' })).toMatchObject({ rejected: false });
    const nested = { ...result, content: [{ type: 'text', text: 'a' }, { type: 'image' }] };
    expect(user([nested])).toMatchObject({ results: [{ text: 'a' }] });
  });
});

test('a prompt taken in at work', () => {
  const queued = (attachment: object) => body({ type: 'attachment', attachment });
  expect(queued({ type: 'queued_command', prompt: 'and this' })).toEqual({
    kind: 'queued',
    text: 'and this',
    notification: false,
  });
  expect(queued({ type: 'queued_command', prompt: [{ type: 'text', text: 'a' }] })).toMatchObject({
    text: 'a',
  });
  expect(
    queued({ type: 'queued_command', prompt: 'x', commandMode: 'task-notification' }),
  ).toMatchObject({ notification: true });
  expect(queued({ type: 'queued_command' })).toEqual({ kind: 'note' });
});

test('a compaction', () => {
  expect(
    body({
      type: 'system',
      subtype: 'compact_boundary',
      compactMetadata: { trigger: 'auto', preTokens: 170_000 },
    }),
  ).toEqual({ kind: 'compaction', trigger: 'auto', preTokens: 170_000 });
  expect(body({ type: 'system', subtype: 'compact_boundary' })).toEqual({
    kind: 'compaction',
    trigger: null,
    preTokens: null,
  });
});

describe('assistant', () => {
  const assistant = (message: object, more: object = {}) =>
    body({ type: 'assistant', message, ...more });

  test('tokens of a message', () => {
    const usage = {
      input_tokens: 1,
      cache_creation_input_tokens: 2,
      cache_read_input_tokens: 3,
      output_tokens: 4,
      cache_creation: { ephemeral_1h_input_tokens: 2 },
    };
    expect(assistant({ id: 'm', model: 'opus', usage })).toMatchObject({
      usage: { messageId: 'm', input: 1, cacheCreation: 2, cacheCreation1h: 2, output: 4 },
    });
    const odd = { input_tokens: -1, output_tokens: '5', cache_read_input_tokens: 0.5 };
    expect(assistant({ id: 'm', usage: odd })).toMatchObject({
      usage: { input: 0, output: 0, cacheRead: 0 },
    });
  });

  test('errors and what Claude Code writes itself cost nothing', () => {
    const usage = { input_tokens: 5 };
    expect(assistant({ id: 'm', model: '<synthetic>', usage })).toMatchObject({ usage: null });
    expect(
      assistant(
        { id: 'm', model: 'opus', usage },
        { isApiErrorMessage: true, error: 'rate_limit' },
      ),
    ).toMatchObject({ usage: null, error: 'rate_limit' });
  });
});

describe('what does not fit', () => {
  test.each(['', '{', '[]', 'null', '7', '"text"', '\u0000\u0000'])('%j is no entry', (text) => {
    expect(parseEntry(text)).toBeNull();
  });

  test('an unknown type is counted by its name', () => {
    expect(body({ type: 'dance' })).toEqual({ kind: 'unknown', type: 'dance' });
    expect(body({ type: 7 })).toEqual({ kind: 'unknown', type: '' });
  });

  test.each([
    [{ type: 'user', message: 7 }],
    [{ type: 'user', message: { content: [7, null, { type: 'tool_result' }] } }],
    [{ type: 'assistant', message: { content: 'text', usage: [] } }],
    [{ type: 'assistant' }],
    [{ type: 'attachment', attachment: [] }],
    [{ type: 'system', subtype: [] }],
    [{ uuid: 7, parentUuid: {}, timestamp: 'yesterday', promptId: [] }],
    [{ timestamp: '+275760-09-13T00:00:00.000Z' }],
  ])('%j is no error', (fields) => {
    expect(parseEntry(JSON.stringify(fields))).not.toBeNull();
  });

  test('a time that PostgreSQL cannot hold counts as absent', () => {
    expect(parseEntry('{"timestamp":"+275760-09-13T00:00:00.000Z"}')?.at).toBeNull();
    expect(parseEntry('{"timestamp":"-000001-01-01T00:00:00.000Z"}')?.at).toBeNull();
  });
});
