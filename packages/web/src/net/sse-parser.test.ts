import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseParser } from './sse-parser.ts';

test('reads id, type and data, and joins data lines', () => {
  const events = new SseParser().push('id: 7\nevent: agent.changed\ndata: a\ndata: b\n\n');
  expect(events).toEqual([{ id: '7', type: 'agent.changed', data: 'a\nb' }]);
});

test('a comment and a block without data give no event', () => {
  expect(new SseParser().push(': ping\n\nid: 9\n\n')).toEqual([]);
});

test('the id lasts for events that carry none', () => {
  const parser = new SseParser();
  parser.push('id: 3\ndata: x\n\n');
  expect(parser.push('data: y\n\n')).toEqual([{ id: '3', type: 'message', data: 'y' }]);
});

test('only one space after the colon is removed, and a byte order mark at the start', () => {
  expect(new SseParser().push('\uFEFFdata:  two\n\n')[0]?.data).toBe(' two');
});

test('an unfinished event stays unfinished', () => {
  expect(new SseParser().push('data: x\n')).toEqual([]);
});

test('the same events come out however the text is cut, with any line ending', () => {
  const lines = [': hello', '', 'id: 1', 'event: a', 'data: {"x":1}', '', 'data: p', 'data: q', ''];
  const expected = [
    { id: '1', type: 'a', data: '{"x":1}' },
    { id: '1', type: 'message', data: 'p\nq' },
  ];
  fc.assert(
    fc.property(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(60), { maxLength: 12 }),
      (ending, cuts) => {
        const text = `${lines.join(ending)}${ending}`;
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length];
        at.sort((a, b) => a - b);
        const parser = new SseParser();
        const events = at.slice(1).flatMap((end, i) => parser.push(text.slice(at[i], end)));
        expect(events).toEqual(expected);
      },
    ),
  );
});
