import { expect, test } from 'vitest';
import { batchAfter, frame, makeBatch } from './batch.ts';

const row = (position: number, message: string) => ({ position, type: 'test', message });

test('a frame carries id, type and data', () => {
  expect(frame(7, 'agent.changed', '{"a":1}')).toBe(
    'id: 7\nevent: agent.changed\ndata: {"a":1}\n\n',
  );
});

test('line ends in the data cannot break out of the frame', () => {
  expect(frame(1, 'test', 'a\nid: 9\r\n\r\nevent: x\rb')).toBe(
    'id: 1\nevent: test\ndata: a\ndata: id: 9\ndata: \ndata: event: x\ndata: b\n\n',
  );
});

test('a batch is cut between messages, whatever their length in bytes', () => {
  const rows = [row(5, '"ä"'), row(6, '"🧠🧠"'), row(7, '"c"')];
  const batch = makeBatch(4, rows);
  const frames = rows.map(({ position, type, message }) => frame(position, type, message));
  expect(batch.last).toBe(7);
  expect(batchAfter(batch, 0).toString()).toBe(frames.join(''));
  expect(batchAfter(batch, 4).toString()).toBe(frames.join(''));
  expect(batchAfter(batch, 5).toString()).toBe(frames.slice(1).join(''));
  expect(batchAfter(batch, 6).toString()).toBe(frames.slice(2).join(''));
  expect(batchAfter(batch, 7)).toHaveLength(0);
});

test('a batch that is read from its beginning is not copied', () => {
  const batch = makeBatch(0, [row(1, '1')]);
  expect(batchAfter(batch, 0)).toBe(batch.bytes);
});
