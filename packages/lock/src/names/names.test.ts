import { describe, expect, it } from 'vitest';
import { findNameCollisions, keyPresets, nameKey } from '../index.ts';
import { NameRegistry } from './name-registry.ts';

describe('keys of names', () => {
  it('stay the same in every release', () => {
    // printf NAME | sha256sum: the first 16 digits.
    expect(nameKey('').key).toBe(BigInt.asIntN(64, 0xe3b0c44298fc1c14n));
    expect(nameKey('abc').key).toBe(BigInt.asIntN(64, 0xba7816bf8f01cfean));
  });

  it('do not collide among 200,000 names', () => {
    const names = Array.from({ length: 200_000 }, (_, n) => `agent:${n}`);
    expect(findNameCollisions(names)).toEqual([]);
  });

  it('are reported when two names have one', () => {
    const keyOf = (name: string) => ({ key: BigInt(name.length) });
    expect(findNameCollisions(['a', 'bb', 'b', 'a', 'c'], keyOf)).toEqual([
      { key: 1n, names: ['a', 'b', 'c'] },
    ]);
    const seen: unknown[] = [];
    const registry = new NameRegistry((collision) => seen.push(collision), keyOf);
    for (const name of ['a', 'a', 'bb', 'b']) registry.keyFor(name);
    expect(seen).toEqual([{ key: 1n, names: ['a', 'b'] }]);
    expect(registry.nameOf(1n)).toBe('a');
    expect(registry.nameOf(9n)).toBeNull();
  });
});

describe('the key of DistributedLock (.NET)', () => {
  const { distributedLock } = keyPresets;

  // The first three follow from its documented layout; the hash is the one in its own test,
  // PostgresAdvisoryLockKeyTest.TestNameHashing.
  it.each([
    ['', { namespace: 0x7fff_ffff, id: -1 }],
    ['\0'.repeat(9), { namespace: 0, id: 0 }],
    ['00000003,ffffffff', { namespace: 3, id: -1 }],
    ['0000000000000001', { key: 1n }],
    ['漢'.repeat(18), { key: -5707277204051710361n }],
  ])('%j', (name, key) => {
    expect(distributedLock(name, { allowHashing: true })).toEqual(key);
  });

  it('needs the same option for long names', () => {
    expect(() => distributedLock('a long name')).toThrow(/allowHashing/);
  });

  it('is another one for every short name', () => {
    const keys = ['a', 'b', 'ab', 'ba', 'a\0', '\0a', 'abcdefghi', 'abcdefgh'].map((name) =>
      JSON.stringify(distributedLock(name)),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});
