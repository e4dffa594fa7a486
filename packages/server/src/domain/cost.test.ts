import { describe, expect, test } from 'vitest';
import {
  addToBuckets,
  costOf,
  countsOf,
  negated,
  plainName,
  promptClass,
  unpricedModels,
  type UsageBucket,
} from './cost.ts';
import { MODEL_PRICES } from './model-prices.ts';

const bucket = (over: Partial<UsageBucket>): UsageBucket => ({
  model: 'claude-opus-4-8',
  fast: false,
  prompt: 0,
  messages: 1,
  input: 0,
  cacheCreation: 0,
  cacheCreation1h: 0,
  cacheRead: 0,
  output: 0,
  ...over,
});
const million = 1_000_000;

describe('the cost of a million tokens', () => {
  test.each([
    ['input', { input: million }, 5],
    ['output', { output: million }, 25],
    ['written to the cache for five minutes', { cacheCreation: million }, 6.25],
    ['written for an hour', { cacheCreation: million, cacheCreation1h: million }, 10],
    ['half of it for an hour', { cacheCreation: million, cacheCreation1h: million / 2 }, 8.125],
    ['read from the cache', { cacheRead: million }, 0.5],
    ['in fast mode', { input: million, fast: true }, 10],
    ['a long prompt of a model with one price', { input: million, prompt: 2 }, 5],
    ['a long prompt', { model: 'claude-sonnet-4-5', input: million, prompt: 2 }, 6],
    ['one that is not long enough', { model: 'claude-sonnet-4-5', input: million, prompt: 1 }, 3],
    ['Haiku 5.5 up to 100,000', { model: 'claude-haiku-5-5', output: million, prompt: 0 }, 0.5],
    ['Haiku 5.5 above', { model: 'claude-haiku-5-5', output: million, prompt: 1 }, 2.5],
  ] as const)('%s', (_name, over, dollars) => {
    expect(costOf(bucket(over), MODEL_PRICES)).toBeCloseTo(dollars, 9);
  });
});

test('what is not known costs null, and never 0; nothing costs nothing', () => {
  expect(costOf(bucket({ model: 'gpt-5', input: 1 }), MODEL_PRICES)).toBeNull();
  expect(costOf(bucket({ model: null, output: 1 }), MODEL_PRICES)).toBeNull();
  expect(costOf(bucket({ model: 'toString', output: 1 }), MODEL_PRICES)).toBeNull();
  expect(
    costOf(bucket({ model: 'claude-haiku-4-5', fast: true, input: 1 }), MODEL_PRICES),
  ).toBeNull();
  expect(costOf(bucket({ model: 'gpt-5' }), MODEL_PRICES)).toBe(0);
  const mixed = [bucket({ input: 100 }), bucket({ model: 'gpt-5', input: 5 })];
  expect(countsOf(mixed, MODEL_PRICES)).toMatchObject({ inputTokens: 105, costUSD: null });
  expect(unpricedModels(mixed, MODEL_PRICES)).toEqual(['gpt-5']);
});

test('a price of the user goes before the list', () => {
  const own = { input: 1, output: 2, cacheWrite5m: 3, cacheWrite1h: 4, cacheRead: 5 };
  const prices = { ...MODEL_PRICES, 'claude-opus-4-8': own, 'gpt-5': own };
  expect(costOf(bucket({ input: million }), prices)).toBe(1);
  expect(costOf(bucket({ model: 'gpt-5', output: million }), prices)).toBe(2);
});

test.each([
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ['claude-opus-4-6[1m]', 'claude-opus-4-6'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  ['claude-opus-4-6@20260205', 'claude-opus-4-6'],
  ['anthropic/claude-opus-4.6', 'claude-opus-4-6'],
  ['claude-3-5-haiku-latest', 'claude-3-5-haiku'],
  ['claude-sonnet-4-20250514', 'claude-sonnet-4'],
  ['gpt-5', 'gpt-5'],
])('%s is %s', (model, name) => expect(plainName(model)).toBe(name));

test.each([
  [100_000, 0],
  [100_001, 1],
  [200_000, 1],
  [200_001, 2],
])('a prompt of %i tokens is of class %i', (tokens, expected) => {
  expect(promptClass({ input: 1, cacheCreation: 9, cacheRead: tokens - 10 })).toBe(expected);
});

test('sums: what is added can be taken away, and a message can move to another price', () => {
  const first = bucket({ input: 90_000 });
  const grown = bucket({ input: 150_000, prompt: 1 });
  const before = addToBuckets([], [first, bucket({ input: 1, output: 2 })]);
  expect(before).toEqual([bucket({ messages: 2, input: 90_001, output: 2 })]);
  expect(addToBuckets(before, [grown, negated(first)])).toEqual([
    bucket({ input: 1, output: 2 }),
    grown,
  ]);
  expect(addToBuckets([first], [negated(first)])).toEqual([]);
});
