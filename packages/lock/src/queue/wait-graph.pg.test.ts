import { describe, expect, it } from 'vitest';
import { expectCode, gate, lockFixture, until } from '../../test-support/fixture.ts';
import { LockNamespace } from '../index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks } = lockFixture();

/** Take one lock after another, each inside of the one before; all callers meet after the first. */
function nest(
  locks: ReturnType<typeof create>,
  ids: readonly [number, number],
  purpose: string,
  ready: () => void,
  go: Promise<void>,
): Promise<string> {
  const [outer, inner] = ids;
  return locks.advisoryLock(AGENT, outer, { purpose }, async () => {
    ready();
    await go;
    return locks.advisoryLock(AGENT, inner, { purpose }, () => purpose);
  });
}

describe('a deadlock in one process', () => {
  it('of three callers is refused at once, and the others go on', async () => {
    const locks = create();
    const go = gate();
    let ready = 0;
    const pairs = [
      [1, 2],
      [2, 3],
      [3, 1],
    ] as const;
    const startedAt = performance.now();
    const all = pairs.map((ids, n) =>
      nest(locks, ids, `caller ${n}`, () => ++ready === 3 && go.open(), go.opened),
    );
    const results = await Promise.allSettled(all);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(results.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ name: 'AdvisoryLockError', code: 'deadlock' });
    const message = String(refused?.reason);
    for (const words of [
      /"caller 0" \(holds 1\/1\) waits for 1\/2/,
      /"caller 1" \(holds 1\/2\) waits for 1\/3/,
      /"caller 2" \(holds 1\/3\) waits for 1\/1/,
    ])
      expect(message).toMatch(words);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('through a lock taken by acquire inside of a section is seen too', async () => {
    const locks = create();
    const both = [gate(), gate()];
    const one = locks.advisoryLock(AGENT, 10, {}, async () => {
      await using _second = await locks.acquire(AGENT, 11);
      both[0]?.open();
      await both[1]?.opened;
      await (await locks.acquire(AGENT, 12, { timeoutMs: 20_000 })).release();
    });
    const other = locks.advisoryLock(AGENT, 12, {}, async () => {
      both[1]?.open();
      await both[0]?.opened;
      await (await locks.acquire(AGENT, 11, { timeoutMs: 20_000 })).release();
    });
    const results = await Promise.allSettled([one, other]);
    const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toMatchObject([{ code: 'deadlock' }]);
  });

  it('over two services is seen', async () => {
    const [a, b] = [create(), create()];
    const both = [gate(), gate()];
    const one = a.advisoryLock(AGENT, 20, {}, async () => {
      both[0]?.open();
      await both[1]?.opened;
      await b.advisoryLock({ key: 20n }, { timeoutMs: 20_000 }, () => {});
    });
    const other = b.advisoryLock({ key: 20n }, {}, async () => {
      both[1]?.open();
      await both[0]?.opened;
      await a.advisoryLock(AGENT, 20, { timeoutMs: 20_000 }, () => {});
    });
    const results = await Promise.allSettled([one, other]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  it('is not seen where there is none', async () => {
    const locks = create();
    const inOrder = Array.from({ length: 20 }, (_, n) =>
      locks.advisoryLock(AGENT, 30, { purpose: `${n}` }, () =>
        locks.advisoryLock(AGENT, 31, {}, () => locks.advisoryLock(AGENT, 32, {}, () => n)),
      ),
    );
    expect(await Promise.all(inOrder)).toHaveLength(20);
    // Parallel branches of two callers, in opposite orders: each branch ends by itself.
    const branches = (ids: readonly number[]) =>
      Promise.all(ids.map((id) => locks.advisoryLock(AGENT, id, {}, () => id)));
    const parallel = [40, 41].map((id) =>
      locks.advisoryLock(AGENT, id, {}, () => branches(id === 40 ? [50, 51] : [51, 50])),
    );
    expect(await Promise.all(parallel)).toHaveLength(2);
  });
});

it('across processes ends with a timeout that names who has the lock', async () => {
  const [a, b] = [create({ applicationName: 'process-a' }), create({ applicationName: 'b' })];
  const held = await a.acquire(AGENT, 60);
  const [pid] = a.localState().held.map((lock) => lock.pid);
  // The waiter's control connection is open already, so the name comes in time.
  await b.heldAdvisoryLocks();
  await expect(b.acquire(AGENT, 60, { timeoutMs: 2_000 })).rejects.toThrow(
    new RegExp(`not granted within 2000 ms; held by backend ${pid} \\(process-a\\)`),
  );
  await held.release();
  await expectCode(b.acquire(AGENT, 60, { timeoutMs: 0, signal: AbortSignal.abort() }), 'aborted');
});
