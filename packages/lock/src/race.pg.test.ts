/** Time limits and cancellations that fire at the moment of the grant: nothing may stay locked. */
import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../test-support/fixture.ts';
import { AdvisoryLockError, LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, sql, events } = lockFixture();
const CALLS = 2_000;

interface Outcomes {
  granted: number;
  readonly failed: Map<string, number>;
}

/** Count how calls end; every grant is released. */
async function settle(calls: readonly Promise<{ release(): Promise<void> }>[]): Promise<Outcomes> {
  const outcomes: Outcomes = { granted: 0, failed: new Map() };
  const one = async (call: Promise<{ release(): Promise<void> }>): Promise<void> => {
    try {
      await (await call).release();
      outcomes.granted++;
    } catch (error) {
      if (!(error instanceof AdvisoryLockError)) throw error;
      outcomes.failed.set(error.code, (outcomes.failed.get(error.code) ?? 0) + 1);
    }
  };
  await Promise.all(calls.map(one));
  return outcomes;
}

/** Nothing is locked, and nothing is held twice: another session gets every key at once. */
async function expectNothingLeft(ids: number): Promise<void> {
  await until('pg_locks is empty', async () => (await pgLocks()).length === 0);
  const fresh = create();
  const all = await Promise.all(
    Array.from({ length: ids }, (_, id) => fresh.tryAcquire(AGENT, id)),
  );
  expect(all.filter((lock) => lock === null)).toEqual([]);
  await Promise.all(all.map((lock) => lock?.release()));
  expect(await pgLocks()).toEqual([]);
}

describe('2,000 races', () => {
  it('of the time limit with the grant', async () => {
    const locks = create();
    await locks.advisoryLock(AGENT, 0, {}, () => {});
    const total: Outcomes = { granted: 0, failed: new Map() };
    for (let round = 0; round < CALLS / 100; round++) {
      const calls = Array.from({ length: 100 }, (_, n) =>
        locks.acquire(AGENT, n % 40, { timeoutMs: 1 + (n % 4) }),
      );
      const { granted, failed } = await settle(calls);
      total.granted += granted;
      for (const [code, count] of failed)
        total.failed.set(code, (total.failed.get(code) ?? 0) + count);
    }
    expect([...total.failed.keys()]).toEqual(['timeout']);
    expect(total.granted + (total.failed.get('timeout') ?? 0)).toBe(CALLS);
    expect(total.granted).toBeGreaterThan(0);
    await expectNothingLeft(40);
  });

  it('of an abort with the grant, while another process has the keys in turn', async () => {
    const [locks, other] = [create(), create()];
    let stop = false;
    const rival = async (id: number): Promise<void> => {
      while (!stop) await other.advisoryLock(AGENT, id, {}, () => sql('select 1'));
    };
    const rivals = [0, 1, 2, 3].map((id) => rival(id));
    for (let round = 0; round < CALLS / 100; round++) {
      const controller = new AbortController();
      const { signal } = controller;
      const calls = Array.from({ length: 100 }, (_, n) => locks.acquire(AGENT, n % 20, { signal }));
      const aborting = sql('select 1').then(() => controller.abort());
      const { failed } = await settle(calls);
      await aborting;
      expect([...failed.keys()].every((code) => code === 'aborted')).toBe(true);
    }
    stop = true;
    await Promise.all(rivals);
    await expectNothingLeft(20);
  });

  it("of the server's statement_timeout and lock_timeout with the grant", async () => {
    const settings = { statement_timeout: '1ms', lock_timeout: '1ms' };
    const locks = create({ sessionSettings: settings });
    const wasHit = () =>
      events.some(({ type }) => type === 'session_reconciled' || type === 'session_lost');
    // Full batches, so that the limit falls into the middle of them; on a quick machine not in each.
    for (let round = 0; round < 4 || (!wasHit() && round < 200); round++) {
      const calls = Array.from({ length: CALLS }, (_, n) => locks.acquire(AGENT, n));
      const { failed } = await settle(calls);
      const known = ['connection', 'lost'];
      expect([...failed.keys()].filter((code) => !known.includes(code))).toEqual([]);
    }
    expect(wasHit()).toBe(true);
    await expectNothingLeft(CALLS);
  });

  it('of a cancelled statement with the grant', async () => {
    const locks = create({ applicationName: 'cancelled' });
    let stop = false;
    const text = `select pg_cancel_backend(pid) from pg_stat_activity
                   where application_name = 'cancelled' and state = 'active'`;
    const nemesis = (async () => {
      while (!stop) await sql(text);
    })();
    for (let round = 0; round < CALLS / 200; round++) {
      const calls = Array.from({ length: 200 }, (_, n) => locks.acquire(AGENT, n));
      const { failed } = await settle(calls);
      const known = ['connection', 'lost'];
      expect([...failed.keys()].filter((code) => !known.includes(code))).toEqual([]);
    }
    stop = true;
    await nemesis;
    await expectNothingLeft(200);
  });
});

it('gives a grant back at once that comes after the time limit', async () => {
  const locks = create();
  await locks.advisoryLock(AGENT, 1, {}, () => {});
  const controller = new AbortController();
  const call = locks.acquire(AGENT, 1, { signal: controller.signal });
  // The statement goes out at the end of this turn and is granted; the caller has left by then.
  setImmediate(() => controller.abort());
  await expectCode(call, 'aborted');
  await until('given back', async () => (await pgLocks()).length === 0);
  await (await create().acquire(AGENT, 1, { timeoutMs: 1_000 })).release();
});
