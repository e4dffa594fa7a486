import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../test-support/fixture.ts';
import { startBadLink } from '../test-support/bad-link.ts';
import { startTaker } from '../test-support/processes.ts';
import { LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, sql, url } = lockFixture();
/** So long that a re-check cannot be what wakes a waiter. */
const NEVER_MS = 86_400_000;

/** Connections of one application, as the server sees them. */
async function backends(applicationName: string) {
  return sql(
    `select state, backend_xmin, backend_xid from pg_stat_activity where application_name = $1`,
    [applicationName],
  );
}

/** The waiter's control connection listens and its statement has ended. */
async function listens(): Promise<boolean> {
  const rows = await sql(
    `select 1 from pg_stat_activity
      where application_name = 'waiter' and query like 'listen %' and state = 'idle'`,
  );
  return rows.length === 1;
}

describe('waiting for another process', () => {
  it('is woken by the notification of the release', async () => {
    const taker = startTaker(url(), 1);
    const heldToken = BigInt((await taker.says('held')).split(' ')[1] ?? '0');
    const locks = create({ recheckMs: NEVER_MS, applicationName: 'waiter' });
    const waiting = locks.acquire(AGENT, 1);
    // The second lock is the waiter's interest.
    await until('interest is shown', async () => (await pgLocks()).length === 2);
    await until('it listens', listens);
    taker.release();
    await taker.says('released');
    const lock = await waiting;
    expect(lock.token).toBeGreaterThan(heldToken);
    await lock.release();
    expect(await pgLocks()).toEqual([]);
  });

  it.each([
    ['two-integer keys', (n: number) => ({ namespace: AGENT, id: 100 + n })],
    ['64-bit keys', (n: number) => ({ key: BigInt(100 + n) })],
  ])('is woken for each of the %s that are released together', async (_, keyOf) => {
    const [holder, waiter] = [
      create({ sessions: 1, applicationName: 'holder' }),
      create({ recheckMs: NEVER_MS, applicationName: 'waiter' }),
    ];
    const keys = Array.from({ length: 10 }, (__, n) => keyOf(n));
    const held = await Promise.all(keys.map((key) => holder.acquire(key)));
    const waiting = keys.map((key) => waiter.acquire(key));
    await until('interest is shown', async () => (await pgLocks()).length === 2 * keys.length);
    await until('it listens', listens);
    await Promise.all(held.map((lock) => lock.release()));
    const locks = await Promise.all(waiting);
    await Promise.all(locks.map((lock) => lock.release()));
    expect(await pgLocks()).toEqual([]);
  });

  it('is woken each time when the key goes back and forth', async () => {
    const [a, b] = [create({ recheckMs: NEVER_MS }), create({ recheckMs: NEVER_MS })];
    let inside = 0;
    let most = 0;
    const rounds = 60;
    const work = async (locks: typeof a): Promise<void> => {
      for (let n = 0; n < rounds; n++)
        await locks.advisoryLock(AGENT, 2, {}, async () => {
          most = Math.max(most, ++inside);
          await sql('select 1');
          inside--;
        });
    };
    await Promise.all([work(a), work(b)]);
    expect(most).toBe(1);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('does not sleep over a notification that overtakes the refusal', async () => {
    const link = await startBadLink(url());
    const options = { recheckMs: NEVER_MS, sessions: 1, applicationName: 'waiter' };
    const locks = create({ ...options, connectionString: link.url });
    const other = create();
    const first = await other.acquire(AGENT, 7);
    const waitingFirst = locks.acquire(AGENT, 7);
    await until('it listens', listens);
    await first.release();
    await (await waitingFirst).release();
    await until('all quiet', async () => (await pgLocks()).length === 0);

    const second = await other.acquire(AGENT, 8);
    // The refusal now comes long after the notification, which has a connection of its own.
    link.delayFirst(300);
    const waiting = locks.acquire(AGENT, 8, { timeoutMs: 5_000 });
    await until('interest is shown', async () => (await pgLocks()).length === 2);
    await second.release();
    await (await waiting).release();
    await link.close();
  });

  it('finds a key free by the slow re-check when nobody notifies', async () => {
    const foreign = new pg.Client({ connectionString: url() });
    await foreign.connect();
    await foreign.query('select pg_advisory_lock(1, 3)');
    const locks = create({ recheckMs: 50 });
    const waiting = locks.acquire(AGENT, 3);
    await until('interest is shown', async () => (await pgLocks()).length === 2);
    await foreign.query('select pg_advisory_unlock(1, 3)');
    await (await waiting).release();
    await foreign.end();
  });

  it('leaves nothing behind when time is up or the caller aborts', async () => {
    const holder = create();
    const held = await holder.acquire(AGENT, 4);
    const locks = create();
    const controller = new AbortController();
    const waiting = locks.acquire(AGENT, 4, { signal: controller.signal });
    await expectCode(locks.acquire(AGENT, 4, { timeoutMs: 30 }), 'timeout');
    controller.abort();
    await expectCode(waiting, 'aborted');
    await until('only the holder is left', async () => (await pgLocks()).join() === '1:4:2');
    await held.release();
    expect(locks.localState()).toMatchObject({ held: [], waiting: [] });
  });

  it('holds no connection, no snapshot and no transaction: 1,000 waiters, 3 connections', async () => {
    const holder = create({ applicationName: 'holder' });
    const ids = Array.from({ length: 1_000 }, (_, n) => n + 100);
    const held = await Promise.all(ids.map((id) => holder.acquire(AGENT, id)));
    const locks = create({ applicationName: 'waiter', recheckMs: NEVER_MS });
    const waiting = ids.map((id) => locks.acquire(AGENT, id));
    await until('all show interest', async () => (await pgLocks()).length === 2_000);
    await until('all listen', async () => (await backends('waiter')).length === 3);
    const quiet = { state: 'idle', backend_xmin: null, backend_xid: null };
    // A heartbeat may be on its way at the moment of a look.
    await until('all are quiet', async () =>
      isDeepStrictEqual(await backends('waiter'), [quiet, quiet, quiet]),
    );
    expect((await holder.heldAdvisoryLocks()).length).toBe(1_000);
    await Promise.all(held.map((lock) => lock.release()));
    const locked = await Promise.all(waiting);
    await Promise.all(locked.map((lock) => lock.release()));
    expect(await pgLocks()).toEqual([]);
    expect(await backends('waiter')).toHaveLength(3);
  });
});

describe('fairness', () => {
  it('gives a waiting process its turn beside a busy one', async () => {
    const busy = create({ maxHandOvers: 1_023, maxHandOverMs: 50 });
    const other = create({ recheckMs: NEVER_MS });
    let stop = false;
    const loop = async (): Promise<void> => {
      while (!stop) await busy.advisoryLock(AGENT, 5, {}, () => sql('select pg_sleep(0.01)'));
    };
    const loops = [loop(), loop(), loop()];
    // Without standing back the busy process is nearly always first; without a limit on the time of
    // hand-overs the first chance comes after ten seconds.
    for (let turn = 0; turn < 8; turn++)
      await other.advisoryLock(AGENT, 5, { timeoutMs: 5_000 }, () => {});
    stop = true;
    await Promise.all(loops);
  });

  it('notifies nobody when nobody waits elsewhere', async () => {
    const listener = new pg.Client({ connectionString: url() });
    await listener.connect();
    let heard = 0;
    listener.on('notification', () => heard++);
    await listener.query('listen advisory_lock_released');
    const locks = create();
    const work = Array.from({ length: 200 }, (_, n) =>
      locks.advisoryLock(AGENT, n % 20, {}, () => {}),
    );
    await Promise.all(work);
    await listener.query('select 1');
    await listener.end();
    expect(heard).toBe(0);
  });
});

it('hands a key over inside the process without the server, each time with a greater token', async () => {
  const handedOver: boolean[] = [];
  const locks = create({
    maxHandOverMs: 60_000,
    onEvent: (event) => event.type === 'acquired' && handedOver.push(event.handedOver),
  });
  const tokens: bigint[] = [];
  const work = Array.from({ length: 600 }, () =>
    locks.advisoryLock(AGENT, 6, {}, (lock) => void tokens.push(lock.token)),
  );
  await Promise.all(work);
  expect(tokens.every((token, n) => n === 0 || token > (tokens[n - 1] ?? 0n))).toBe(true);
  // 256 hand-overs at most, then the server is asked again: 600 callers need 3 grants.
  expect(handedOver.filter((each) => !each)).toHaveLength(3);
});
