import { expect, test } from 'vitest';
import type { EntryTurn } from './digest.ts';
import { joinTurns, type KnownTurn } from './join-turns.ts';

const entry = (entryId: string, match: string | null, promptId: string | null): EntryTurn => ({
  entryId,
  match,
  promptId,
  awaits: null,
  actor: 'agent',
  kind: 'message',
  text: entryId,
  at: 0,
  place: 0,
});
const hook = (id: number, match: string, promptId: string | null): KnownTurn => ({
  id,
  match,
  promptId,
  entryId: null,
});
const joined = (turns: EntryTurn[], known: KnownTurn[]) =>
  joinTurns(turns, known).map(({ entryId, hookTurnId }) => [entryId, hookTurnId]);

test('an entry completes the turn of its hook', () => {
  expect(joined([entry('a', 'm', 'p')], [hook(7, 'm', 'p')])).toEqual([['a', 7]]);
});

test('equal words of another prompt are another turn', () => {
  expect(joined([entry('a', 'm', 'p')], [hook(7, 'm', 'q')])).toEqual([['a', null]]);
});

test('what was said twice stays two turns, in the order of the file', () => {
  const twice = [entry('a', 'm', 'p'), entry('b', 'm', 'p')];
  expect(joined(twice, [hook(7, 'm', 'p')])).toEqual([
    ['a', 7],
    ['b', null],
  ]);
  expect(joined(twice, [hook(7, 'm', 'p'), hook(8, 'm', 'p')])).toEqual([
    ['a', 7],
    ['b', 8],
  ]);
});

test('a prompt_id that is not known yet can be any, the known one comes first', () => {
  const known = [hook(7, 'm', null), hook(8, 'm', 'p')];
  expect(joined([entry('a', 'm', 'p')], known)).toEqual([['a', 8]]);
  expect(joined([entry('a', 'm', null)], [hook(8, 'm', 'p')])).toEqual([['a', 8]]);
});

test('entries that are known, or come twice, are left out', () => {
  const known: KnownTurn = { id: 1, entryId: 'a', match: 'm', promptId: 'p' };
  const turns = [entry('a', 'm', 'p'), entry('b', null, 'p'), entry('b', null, 'p')];
  expect(joined(turns, [known, hook(7, 'm', 'p')])).toEqual([['b', null]]);
});
