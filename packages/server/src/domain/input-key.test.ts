import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputKey } from './input-key.ts';

describe('inputKey', () => {
  test('the order of keys makes no difference, at any depth', () => {
    expect(inputKey('T', { a: 1, b: { c: [1, 2], d: 3 } }, null)).toBe(
      inputKey('T', { b: { d: 3, c: [1, 2] }, a: 1 }, null),
    );
  });

  test('tool, input, order of a list and subagent do', () => {
    const keys = [
      inputKey('T', { a: 1 }, null),
      inputKey('U', { a: 1 }, null),
      inputKey('T', { a: '1' }, null),
      inputKey('T', { a: 1, b: 2 }, null),
      inputKey('T', { a: 1 }, 's1'),
      inputKey('T', [1, 2], null),
      inputKey('T', [2, 1], null),
      inputKey('T', null, null),
      inputKey('T', {}, null),
      inputKey('T', '', null),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('an input that is missing is one that is null', () => {
    expect(inputKey('T', undefined, null)).toBe(inputKey('T', null, null));
  });

  test('is the same after a round trip through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const again: unknown = JSON.parse(JSON.stringify(value));
        expect(inputKey('T', again, null)).toBe(inputKey('T', value, null));
      }),
    );
  });

  test('5 MB take a moment', () => {
    const start = performance.now();
    inputKey('Write', { content: 'x'.repeat(5 * 1024 * 1024) }, null);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
