import { describe, expect, it } from 'vitest';
import { expectCode, gate, lockFixture, until } from '../test-support/fixture.ts';
import { LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, sql, events } = lockFixture();

describe('several keys at once', () => {
  it('are all held in the body, ascending and without repeats, and not after', async () => {
    const locks = create();
    await locks.advisoryLockAll(AGENT, [9, -4, 2, 9], { purpose: 'handoff' }, async (held) => {
      expect(held.map((lock) => lock.id)).toEqual([-4, 2, 9]);
      expect(await pgLocks()).toEqual(['1:2:2', '1:4294967292:2', '1:9:2']);
      for (const lock of held) lock.assertHeld();
    });
    expect(await pgLocks()).toEqual([]);
    expect(events.filter((event) => event.type === 'acquired')).toHaveLength(3);
    expect(events.filter((event) => event.type === 'released')).toHaveLength(3);
  });

  it('hold nothing while they wait', async () => {
    const [locks, other] = [create(), create()];
    for (const holder of [locks, other]) {
      const held = await holder.acquire(AGENT, 2);
      const inside = gate();
      const all = locks.advisoryLockAll(AGENT, [1, 2, 3], {}, () => inside.open());
      await until('it waits for the taken one', async () => {
        const waits = locks.localState().waiting.some((each) => each.id === 2);
        return waits && !(await pgLocks()).some((lock) => /^1:[13]:2$/.test(lock));
      });
      const free = await other.acquire(AGENT, 1, { timeoutMs: 1_000 });
      await free.release();
      await held.release();
      await inside.opened;
      await all;
    }
    expect(await pgLocks()).toEqual([]);
  });

  it('leave nothing when time is up or the caller aborts', async () => {
    const [locks, other] = [create(), create()];
    const held = await other.acquire(AGENT, 6);
    await expectCode(
      locks.advisoryLockAll(AGENT, [5, 6, 7], { timeoutMs: 50 }, () => {}),
      'timeout',
    );
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = locks.advisoryLockAll(AGENT, [5, 6, 7], { signal }, () => {});
    await until('it waits', () => locks.localState().waiting.length === 1);
    controller.abort();
    await expectCode(aborted, 'aborted');
    await until('only the holder is left', async () => (await pgLocks()).join() === '1:6:2');
    await held.release();
  });

  it('finish under heavy overlap, in two processes, one holder per key at a time', async () => {
    const services = [create(), create()];
    const inside = new Set<number>();
    const work = Array.from({ length: 60 }, async (_, n) => {
      const ids = [n % 5, (n * 7 + 1) % 5, (n * 3 + 2) % 5];
      const locks = services[n % 2] ?? create();
      await locks.advisoryLockAll(AGENT, ids, {}, async (held) => {
        for (const { id } of held) {
          expect(inside.has(Number(id))).toBe(false);
          inside.add(Number(id));
        }
        await sql('select 1');
        for (const { id } of held) inside.delete(Number(id));
      });
    });
    await Promise.all(work);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('release all when the body throws', async () => {
    const mistake = new Error('body failed');
    const failing = create().advisoryLockAll(AGENT, [1, 2], {}, () => Promise.reject(mistake));
    await expect(failing).rejects.toBe(mistake);
    expect(await pgLocks()).toEqual([]);
    await expect(create().advisoryLockAll(AGENT, [], {}, () => {})).rejects.toThrow(RangeError);
  });
});
