import { expect, test } from 'vitest';
import { retryDelayMs } from './backoff.ts';

test('waiting doubles up to a limit, and the server may ask for more', () => {
  expect(retryDelayMs(1, 0.5)).toBe(500);
  expect(retryDelayMs(3, 0.5)).toBe(2000);
  expect(retryDelayMs(50, 1)).toBe(18_750);
  expect(retryDelayMs(1, 0, 60_000)).toBe(60_000);
});
