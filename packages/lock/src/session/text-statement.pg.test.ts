import { expect, it } from 'vitest';
import { lockFixture } from '../../test-support/fixture.ts';

const { create, pgLocks, url } = lockFixture();

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

it("keeps to one statement at a time and to text, whatever the driver's own options say", async () => {
  const connection = { connectionString: url(), pipeline: true, binary: true };
  const locks = create({ connection });
  const held = await Promise.all([1, 2, 3].map((id) => locks.acquire(1, id)));
  expect((await pgLocks()).length).toBe(3);
  await Promise.all(held.map((lock) => lock.release()));
  await locks.advisoryLock({ key: 7n }, {}, (lock) => expect(lock.token).toBeGreaterThan(0n));
  expect(await pgLocks()).toEqual([]);
});

it("stops the clock of the driver's query_timeout", async () => {
  const locks = create({ connection: { connectionString: url(), query_timeout: 600_000 } });
  await locks.advisoryLock(1, 1, {}, () => {});
  const before = timers();
  for (let n = 0; n < 20; n++) await locks.advisoryLock(1, 1, {}, () => {});
  expect(timers()).toBeLessThan(before + 10);
});
