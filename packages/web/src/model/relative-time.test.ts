import { expect, test } from 'vitest';
import { agoText, clockTime, elapsedText } from './relative-time.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;

test.each([
  [-3 * S, 'now'],
  [4.9 * S, 'now'],
  [5 * S, '5 s'],
  [59.9 * S, '59 s'],
  [M, '1 min'],
  [59.9 * M, '59 min'],
  [H, '1 h'],
  [H + 5 * M, '1 h 5 min'],
  [7 * H + 50 * M, '7 h'],
  [24 * H, '1 d'],
  [Number.NaN, '–'],
])('%d ms read as %s', (ms, text) => {
  expect(elapsedText(ms)).toBe(text);
});

test('running text', () => {
  expect(agoText(0)).toBe('just now');
  expect(agoText(2 * M)).toBe('2 min ago');
});

test('another day is named with its date', () => {
  const now = new Date(2026, 4, 20, 12).getTime();
  expect(clockTime(now - H, now)).not.toContain('2026');
  expect(clockTime(now - 24 * H, now)).toContain('2026');
});
