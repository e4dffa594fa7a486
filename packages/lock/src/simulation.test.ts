import { expect, it } from 'vitest';
import { ModelLocks } from '../test-support/simulation/model-locks.ts';
import { simulate } from '../test-support/simulation/simulate.ts';

const SEEDS = 1_000;

it(`holds in ${SEEDS} simulated runs, with and without faults`, async () => {
  const faults = new Set<string>();
  let grants = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate(seed);
    faults.add(result.fault);
    grants += result.grants;
  }
  expect(faults.size).toBe(6);
  expect(grants).toBeGreaterThan(5_000);
});

it('gives the same run for the same seed', async () => {
  for (const seed of [3, 77, 401]) expect(await simulate(seed)).toEqual(await simulate(seed));
});

it('has a model whose locks behave like those of PostgreSQL', () => {
  const locks = new ModelLocks();
  expect(locks.tryLock(1, 'a', true)).toBe(true);
  expect(locks.tryLock(2, 'a', true)).toBe(true);
  expect(locks.tryLock(1, 'a', false)).toBe(false);
  expect(locks.unlock(2, 'a', true)).toBe(true);
  expect(locks.unlock(2, 'a', true)).toBe(false);
  // Its own shared lock is no obstacle, and each lock is counted.
  expect(locks.tryLock(1, 'a', false)).toBe(true);
  expect(locks.tryLock(1, 'a', false)).toBe(true);
  expect(locks.unlock(1, 'a', false)).toBe(true);
  expect(locks.tryLock(2, 'a', true)).toBe(false);
  expect(locks.holdings(1)).toEqual([
    { lockId: 'a', shared: false },
    { lockId: 'a', shared: true },
  ]);
  locks.releaseAll(1);
  expect(locks.ids()).toEqual([]);
});
