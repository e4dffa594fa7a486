import { expect, test } from 'vitest';
import { addToQueue, queueMatch, type QueuedMessage } from './message-queue.ts';
import { parseEntry } from './entry.ts';
import { linesOf, loadTranscript } from './testing/lines.ts';

type Step = [operation: string, text: string | null];

const after = (steps: readonly Step[]): QueuedMessage[] =>
  steps.reduce<QueuedMessage[]>(
    (queue, [operation, text], n) => addToQueue(queue, { kind: 'queue', operation, text }, n),
    [],
  );
const waiting = (steps: readonly Step[]): string[] =>
  after(steps).flatMap(({ text, leftAt }) => (leftAt === null ? [text] : []));

test('the oldest leaves first, unless the text says which', () => {
  const both: Step[] = [
    ['enqueue', 'one'],
    ['enqueue', 'two'],
  ];
  expect(waiting(both)).toEqual(['one', 'two']);
  expect(waiting([...both, ['dequeue', null]])).toEqual(['two']);
  expect(waiting([...both, ['remove', 'two']])).toEqual(['one']);
  expect(waiting([...both, ['remove', 'never heard of']])).toEqual(['one', 'two']);
  expect(waiting([...both, ['popAll', null]])).toEqual([]);
  expect(after([...both, ['dequeue', null]]).map(({ leftAt }) => leftAt)).toEqual([2, null]);
});

test('the same words twice are two messages, and a long text is told from another by its end', () => {
  const long = 'x'.repeat(300);
  const queue = after([
    ['enqueue', 'go'],
    ['enqueue', 'go'],
    ['remove', 'go'],
    ['enqueue', `${long}1`],
  ]);
  expect(queue.map(({ leftAt }) => leftAt)).toEqual([2, null, null]);
  expect(queue[2]?.match).toBe(queueMatch(`${long}1`));
  expect(queue[2]?.match).not.toBe(queueMatch(`${long}2`));
});

test('what is not understood changes nothing, and the list has a bound', () => {
  expect(
    after([
      ['enqueue', null],
      ['dance', null],
      ['dequeue', null],
    ]),
  ).toEqual([]);
  expect(after(Array.from({ length: 100 }, (): Step => ['enqueue', 'x']))).toHaveLength(32);
});

test('recorded: a prompt of -p, and the word of a subagent that is done', () => {
  const queueOf = (file: string): QueuedMessage[] =>
    linesOf(loadTranscript(file)).reduce<QueuedMessage[]>((queue, line) => {
      const entry = parseEntry(line);
      return entry?.body.kind === 'queue' ? addToQueue(queue, entry.body, entry.at ?? 0) : queue;
    }, []);
  expect(queueOf('s27-print-mode.0035.jsonl')).toMatchObject([
    { text: 'Run the unit tests', notification: false, leftAt: expect.any(Number) },
  ]);
  expect(queueOf('s06-subagents.0006.jsonl')).toMatchObject([
    { notification: true, leftAt: expect.any(Number) },
  ]);
});
