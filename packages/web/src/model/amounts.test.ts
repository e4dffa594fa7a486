import { expect, test } from 'vitest';
import { costText, tokenText, usageText } from './amounts.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [12_345_678, '12.3M'],
  [123_456_789, '123M'],
])('%i tokens are %s', (tokens, text) => expect(tokenText(tokens)).toBe(text));

test.each([
  [null, 'cost not known'],
  [0, '$0'],
  [0.00421, '$0.0042'],
  [1.2, '$1.20'],
  [1234.567, '$1234.57'],
])('%s dollars are %s', (cost, text) => expect(costText(cost)).toBe(text));

test('what was read from the cache went in', () => {
  const usage = {
    messages: 1,
    inputTokens: 500,
    cacheCreationTokens: 500,
    cacheCreation1hTokens: 0,
    cacheReadTokens: 4_000,
    outputTokens: 40,
    costUSD: null,
  };
  expect(usageText(usage)).toBe('5k in, 40 out');
});
