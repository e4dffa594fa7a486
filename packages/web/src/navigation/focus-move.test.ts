import { expect, test } from 'vitest';
import { moveFocus, type Box } from './focus-move.ts';

const box = (id: number, left: number, top: number): Box => ({ id, left, top, width: 100 });
// 1 2 3
// 4 5
// (another group)
// 6
const boxes = [box(1, 0, 0), box(2, 110, 0), box(3, 220, 0), box(4, 0, 90), box(5, 110, 90)];
boxes.push(box(6, 0, 200));

test.each([
  [null, 'next', 1],
  [99, 'down', 1],
  [1, 'next', 2],
  [3, 'next', 4],
  [6, 'next', null],
  [4, 'previous', 3],
  [1, 'previous', null],
  [2, 'down', 5],
  [3, 'down', 5],
  [5, 'down', 6],
  [6, 'down', null],
  [6, 'up', 4],
  [5, 'up', 2],
  [2, 'up', null],
] as const)('from card %s, %s goes to %s', (from, direction, to) => {
  expect(moveFocus(boxes, from, direction)).toBe(to);
});

test('no cards, nowhere to go', () => {
  expect(moveFocus([], null, 'next')).toBe(null);
});
