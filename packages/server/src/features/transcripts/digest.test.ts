import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digest, type DigestState, emptyDigestState, type EntryTurn } from './digest.ts';
import { parseEntry } from './entry.ts';
import { asked, line, linesOf, listTranscripts, loadTranscript, said } from './testing/lines.ts';

/** Reads lines in pieces, and keeps the books as the database does. */
function read(pieces: string[][], ofSubagent = false) {
  let state: DigestState = emptyDigestState();
  const turns: EntryTurn[] = [];
  const usage = new Map<
    string,
    { output: number; promptId: string | null; awaits: string | null }
  >();
  for (const piece of pieces) {
    // What is kept of a file goes through the database.
    const kept = JSON.parse(JSON.stringify(state)) as DigestState;
    const result = digest(kept, piece.map(parseEntry), ofSubagent);
    state = result.state;
    turns.push(...result.turns);
    for (const { messageId, output, promptId, awaits } of result.usage) {
      if (!usage.has(messageId)) usage.set(messageId, { output, promptId, awaits });
    }
    for (const { entry, promptId, awaits } of result.resolutions) {
      for (const row of [...turns, ...usage.values()]) {
        if (row.awaits === entry) Object.assign(row, { promptId, awaits });
      }
    }
  }
  return { state, turns, usage: [...usage] };
}

describe.each(listTranscripts())('%s', (name) => {
  const lines = linesOf(loadTranscript(name));
  const atOnce = read([lines], name.includes('subagent-'));

  test('line by line gives the same as at once', () => {
    expect(
      read(
        lines.map((one) => [one]),
        name.includes('subagent-'),
      ),
    ).toEqual(atOnce);
  });

  test('every turn and message has its prompt', () => {
    const lost = [...atOnce.turns, ...atOnce.usage.map(([, message]) => message)].filter(
      ({ promptId, awaits }) => promptId === null && awaits !== null,
    );
    expect(lost).toEqual([]);
  });
});

test('any cuts give the same as none', () => {
  const lines = linesOf(loadTranscript('s09-resume.0011.jsonl'));
  const atOnce = read([lines]);
  fc.assert(
    fc.property(fc.array(fc.nat(lines.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), lines.length];
      expect(read(at.slice(1).map((end, index) => lines.slice(at[index], end)))).toEqual(atOnce);
    }),
    { numRuns: 50 },
  );
});

test('an answer that stands before its prompt in the file belongs to it', () => {
  const { turns, state } = read([linesOf(loadTranscript('s09-resume.0010.jsonl'))]);
  const answer = turns.find(({ at }) => new Date(at).toISOString().endsWith('03:24:03.398Z'));
  expect(answer?.promptId).toBe('9a0c0000-0000-4000-8000-000000000039');
  expect(state.picture).toMatchObject({
    turn: 'finished',
    prompt: { id: '9a0c0000-0000-4000-8000-000000000041', text: 'Hello after resume' },
  });
});

describe('the picture', () => {
  const picture = (...lines: string[]) => read([lines]).state.picture;
  const interrupt = (ms: number) =>
    line(
      { type: 'user', promptId: 'p1', message: { content: '[Request interrupted by user]' } },
      ms,
    );
  const tool = { content: [{ type: 'tool_use', id: 't', name: 'Bash' }], stop_reason: 'tool_use' };

  test.each([
    ['a prompt', [asked('go', 'p1', 1)], 'running'],
    ['an answer', [asked('go', 'p1', 1), said('done', 2)], 'finished'],
    ['a tool', [asked('go', 'p1', 1), line({ type: 'assistant', message: tool }, 2)], 'running'],
    ['an interrupt', [asked('go', 'p1', 1), interrupt(2)], 'interrupted'],
    ['an error', [said('API Error', 2, { isApiErrorMessage: true, error: 'x' })], 'failed'],
    ['a subagent', [said('done', 2, { isSidechain: true })], null],
    ['an older line behind', [said('done', 5), asked('go', 'p1', 1)], 'finished'],
    ['nothing', [], null],
  ])('%s', (_name, lines, turn) => {
    expect(picture(...lines).turn).toBe(turn);
  });

  test('context is that of the newest main message, unknown after a compaction', () => {
    const boundary = line({ type: 'system', subtype: 'compact_boundary' }, 5);
    expect(picture(said('a', 1)).context?.usedTokens).toBe(110);
    expect(picture(said('a', 1), said('s', 2, { isSidechain: true })).context?.at).toBe(
      picture(said('a', 1)).context?.at,
    );
    expect(picture(said('a', 1), boundary).context).toMatchObject({ usedTokens: null });
    expect(picture(said('a', 1), boundary, said('b', 6)).context?.usedTokens).toBe(110);
  });

  test('remembers the prompts before', () => {
    expect(picture(asked('a', 'p1', 1), asked('b', 'p2', 2), asked('c', 'p3', 3))).toMatchObject({
      prompt: { id: 'p3' },
      pastPromptIds: ['p1', 'p2'],
    });
  });
});

test('a message counts once, whatever number of entries carry it', () => {
  const message = { id: 'm', content: [], usage: { output_tokens: 7 } };
  const both = [line({ type: 'assistant', message }, 1), line({ type: 'assistant', message }, 2)];
  expect(read([both]).usage).toHaveLength(1);
});

test('of a subagent the tokens count and the words do not', () => {
  const name = listTranscripts().find((one) => one.startsWith('s06-subagents.subagent')) ?? '';
  const { turns, usage, state } = read([linesOf(loadTranscript(name))], true);
  expect(turns).toEqual([]);
  expect(usage.length).toBeGreaterThan(0);
  expect(state.picture.turn).toBeNull();
});

test('what is not understood is counted', () => {
  const unknown = Array.from({ length: 60 }, (_, at) => JSON.stringify({ type: `type ${at}` }));
  const { counts } = read([['nonsense', ...unknown, '{"type":"__proto__"}']]).state;
  expect(counts).toMatchObject({ malformed: 1, entries: 61 });
  expect(Object.keys(counts.unknown)).toHaveLength(51);
  expect(Object.values(counts.unknown).reduce((a, b) => a + b)).toBe(61);
});
