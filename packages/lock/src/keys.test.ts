import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interestLockId, isInterest, LockNamespace, pairKey, wideKey } from './keys.ts';
import { lockKeyFromString } from './index.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('keys', () => {
  it('name a lock as pg_locks does', () => {
    expect(pairKey(LockNamespace.AGENT, 7).lockId).toBe('1:7:2');
    expect(pairKey(-1, -5).lockId).toBe('4294967295:4294967291:2');
    expect(wideKey(-2n).lockId).toBe('4294967295:4294967294:1');
    expect(wideKey(2n ** 32n + 3n).lockId).toBe('1:3:1');
  });

  it.each([0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, Infinity])('refuse %s', (bad) => {
    expect(() => pairKey(bad, 1)).toThrow(RangeError);
    expect(() => pairKey(1, bad)).toThrow(RangeError);
  });

  it('refuse 64-bit numbers out of range', () => {
    expect(() => wideKey(2n ** 63n)).toThrow(RangeError);
    expect(() => wideKey(-(2n ** 63n) - 1n)).toThrow(RangeError);
  });

  it('never equal an interest key, in either form', () => {
    const check = (interest: bigint): void => {
      const [high, low, space] = interestLockId(interest).split(':').map(Number);
      expect(isInterest(high ?? 0, space ?? 0)).toBe(true);
      expect(space).toBe(1);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(() => wideKey(interest)).toThrow(/reserved/);
    };
    fc.assert(fc.property(int32, int32, (ns, id) => check(pairKey(ns, id).interest)));
    const allowed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(allowed, (key) => {
        fc.pre(key >> 48n !== 0x7ad1n);
        check(wideKey(key).interest);
      }),
    );
  });

  it('have interest keys that stay the same in every release', () => {
    expect(pairKey(1, 7).interest).toBe(GOLDEN.pair);
    expect(pairKey(-1, -5).interest).toBe(GOLDEN.negative);
    expect(wideKey(42n).interest).toBe(GOLDEN.wide);
  });

  it('spread over sessions and rarely share an interest key', () => {
    const keys = Array.from({ length: 20_000 }, (_, id) => pairKey(1, id));
    const odd = keys.filter((key) => key.hash % 2 === 1).length;
    expect(odd).toBeGreaterThan(9_500);
    expect(odd).toBeLessThan(10_500);
    expect(new Set(keys.map((key) => key.interest)).size).toBeGreaterThan(19_995);
  });
});

/** Made once; other processes compute the same, so they must not change. */
const GOLDEN = {
  pair: 8850015113666445791n,
  negative: 8849899650030430477n,
  wide: 8849996933637649122n,
};

describe('keys from names', () => {
  // From Python: int.from_bytes(hashlib.blake2b(s.encode(), digest_size=4).digest(), 'big', signed=True)
  it.each([
    ['', 309448485],
    ['agent', -1649234938],
    ['agent:1', 1741165440],
    ['session:0b9f', -2106471065],
    ['Grüße', -1877633213],
    ['日本語', 792136846],
    ['\0', 181940595],
    ['x'.repeat(128), -1329175581],
    ['x'.repeat(129), 1504737584],
    ['y'.repeat(1000), -1264604546],
  ])('%s', (name, key) => {
    expect(lockKeyFromString(name)).toBe(key);
    expect(pairKey(LockNamespace.AGENT, lockKeyFromString(name)).id).toBe(key);
  });
});
