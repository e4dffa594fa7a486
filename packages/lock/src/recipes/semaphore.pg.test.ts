import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../../test-support/fixture.ts';
import type { AdvisoryLocks } from '../index.ts';

const { create, pgLocks, sql } = lockFixture();
const NEVER_MS = 86_400_000;

describe('a semaphore', () => {
  it('lets in as many as it has slots, over two processes', async () => {
    const [a, b] = [create(), create()];
    const held = [
      await a.semaphore('three', 3).acquire(),
      await b.semaphore('three', 3).acquire(),
      await a.semaphore('three', 3).acquire(),
    ];
    expect(await a.semaphore('three', 3).tryAcquire()).toBeNull();
    expect(await b.semaphore('three', 3).tryAcquire()).toBeNull();
    expect(new Set(await pgLocks()).size).toBe(3);
    await held[1]?.release();
    const again = await a.semaphore('three', 3).tryAcquire();
    expect(again).not.toBeNull();
    await Promise.all([held[0], held[2], again].map((lock) => lock?.release()));
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('is never overfull and loses nobody, with many callers in three processes', async () => {
    const services = [1, 2, 3].map(() => create({ recheckMs: NEVER_MS, maxHandOverMs: 5 }));
    let inside = 0;
    let most = 0;
    const work = (locks: AdvisoryLocks) =>
      locks.semaphore('busy', 4).run({ timeoutMs: 20_000 }, async () => {
        most = Math.max(most, ++inside);
        await sql('select 1');
        inside--;
      });
    await Promise.all(services.flatMap((locks) => Array.from({ length: 60 }, () => work(locks))));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('gives the slot to a waiter of another process when any holder ends', async () => {
    const [a, b] = [create(), create({ recheckMs: NEVER_MS })];
    const held = await Promise.all([1, 2].map(() => a.semaphore('two', 2).acquire()));
    const waiting = b.semaphore('two', 2).acquire({ timeoutMs: 10_000 });
    await until('interest is shown', async () => (await pgLocks()).length === 3);
    await held[1]?.release();
    const lock = await waiting;
    lock.assertHeld();
    await Promise.all([lock, held[0]].map((each) => each?.release()));
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('tells all its holders when the session ends, and times out like a lock', async () => {
    const locks = create({ applicationName: 'victim' });
    const held = await Promise.all([1, 2].map(() => locks.semaphore('gone', 2).acquire()));
    await expectCode(locks.semaphore('gone', 2).acquire({ timeoutMs: 20 }), 'timeout');
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'",
    );
    await until('told', () => held.every((lock) => lock.remainingMs() === 0));
    for (const lock of held) await expectCode(lock.release(), 'lost');
    await (await locks.semaphore('gone', 2).acquire()).release();
  });

  it('refuses re-entry and numbers of slots that cannot be', async () => {
    const locks = create();
    const semaphore = locks.semaphore('once', 2);
    await semaphore.run({}, () => expectCode(semaphore.acquire(), 'reentrant'));
    expect(() => locks.semaphore('none', 0)).toThrow(RangeError);
  });
});
