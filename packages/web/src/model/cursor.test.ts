import { expect, test } from 'vitest';
import { isLaterCursor } from './cursor.ts';

test('cursors compare as numbers of any size', () => {
  expect(isLaterCursor('10', '9')).toBe(true);
  expect(isLaterCursor('9', '10')).toBe(false);
  expect(isLaterCursor('010', '10')).toBe(false);
  expect(isLaterCursor('9007199254740993', '9007199254740992')).toBe(true);
  expect(isLaterCursor('0', null)).toBe(true);
});
