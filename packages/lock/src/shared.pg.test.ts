/** Shared locks: side by side, against exclusive ones, and without anybody starving. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { expectCode, gate, lockFixture, until } from '../test-support/fixture.ts';
import { LockNamespace } from './index.ts';
import { pairKey } from './keys.ts';
import { CHANNEL, intentOf } from './session/statements.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, sql, url } = lockFixture();
const NEVER_MS = 86_400_000;
const shared = { shared: true } as const;
/** As pgLocks shows a 64-bit key. */
const wideKeyText = (key: bigint): string => `${key >> 32n}:${key & 0xffff_ffffn}:1`;

describe('shared locks', () => {
  it('are held side by side, in one process and in two, and keep exclusive ones out', async () => {
    const [locks, other] = [create(), create()];
    const held = await Promise.all([
      locks.acquire(AGENT, 1, shared),
      locks.acquire(AGENT, 1, shared),
      other.acquire(AGENT, 1, shared),
    ]);
    expect(await locks.tryAcquire(AGENT, 1)).toBeNull();
    expect(await other.tryAcquire(AGENT, 1)).toBeNull();
    const modes = (await locks.heldAdvisoryLocks()).map((row) => row.mode);
    expect(modes).toEqual(['ShareLock', 'ShareLock']);
    await Promise.all(held.map((lock) => lock.release()));
    const exclusive = await locks.acquire(AGENT, 1);
    expect(await other.tryAcquire(AGENT, 1, shared)).toBeNull();
    expect(await locks.tryAcquire(AGENT, 1, shared)).toBeNull();
    await exclusive.release();
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('work with 64-bit keys and keep a lock of the server out', async () => {
    const locks = create();
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    await locks.advisoryLock({ key: 77n }, shared, async () => {
      const { rows } = await client.query(
        'select pg_try_advisory_lock_shared(77) as shared, pg_try_advisory_lock(77) as exclusive',
      );
      expect(rows).toEqual([{ shared: true, exclusive: false }]);
    });
    await client.end();
  });

  it('have tokens of their own; a later exclusive holder has a greater one', async () => {
    const locks = create();
    const held = await Promise.all([1, 2, 3].map(() => locks.acquire(AGENT, 2, shared)));
    const tokens = held.map((lock) => lock.token);
    expect(new Set(tokens).size).toBe(3);
    await Promise.all(held.map((lock) => lock.release()));
    const exclusive = await locks.acquire(AGENT, 2);
    expect(tokens.every((token) => token < exclusive.token)).toBe(true);
    await exclusive.release();
  });

  it('are lost together with their session', async () => {
    const locks = create({ applicationName: 'victim' });
    const held = await Promise.all([1, 2].map(() => locks.acquire(AGENT, 3, shared)));
    const signals = held.map((lock) => lock.signal);
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'",
    );
    await until('both are told', () => signals.every((signal) => signal.aborted));
    for (const lock of held) await expectCode(lock.release(), 'lost');
    await (await locks.acquire(AGENT, 3)).release();
  });
});

describe('an exclusive request', () => {
  it('goes before shared ones that come after it in this process', async () => {
    const locks = create();
    const order: string[] = [];
    const first = await locks.acquire(AGENT, 4, shared);
    const run = (name: string, options: { shared?: boolean }) =>
      locks.advisoryLock(AGENT, 4, options, () => void order.push(name));
    const all = [run('exclusive', {}), run('late', shared), run('later', shared)];
    await until('three wait', () => locks.localState().waiting.length === 3);
    expect(order).toEqual([]);
    await first.release();
    await Promise.all(all);
    expect(order).toEqual(['exclusive', 'late', 'later']);
  });

  it('is not starved by shared holders of other processes that overlap without end', async () => {
    const readers = [create({ maxHandOverMs: 20 }), create({ maxHandOverMs: 20 })];
    const writer = create({ recheckMs: NEVER_MS });
    let stop = false;
    let reads = 0;
    const read = async (locks: (typeof readers)[number]): Promise<void> => {
      while (!stop)
        await locks.advisoryLock(AGENT, 5, { shared: true, timeoutMs: Infinity }, async () => {
          reads++;
          await sql('select pg_sleep(0.004)');
        });
    };
    const loops = readers.flatMap((locks) => [read(locks), read(locks), read(locks)]);
    for (let turn = 0; turn < 5; turn++) {
      await writer.advisoryLock(AGENT, 5, { timeoutMs: 8_000 }, () => {});
      const before = reads;
      await until('readers go on', () => reads > before + 5);
    }
    stop = true;
    await Promise.all(loops);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('that gives up lets shared ones pass that stood back for it', async () => {
    const [holder, writer] = [create(), create({ recheckMs: NEVER_MS })];
    const reader = create({ recheckMs: NEVER_MS });
    const held = await holder.acquire(AGENT, 6, shared);
    const controller = new AbortController();
    const waiting = writer.acquire(AGENT, 6, { signal: controller.signal });
    // Held, interest and intent.
    await until('intent is shown', async () => (await pgLocks()).length === 3);
    const standsBack = reader.acquire(AGENT, 6, shared);
    await until('it waits', async () => (await pgLocks()).length === 4);
    controller.abort();
    await expectCode(waiting, 'aborted');
    await (await standsBack).release();
    await held.release();
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('does not starve shared ones either', async () => {
    const writers = [create(), create()];
    const reader = create({ recheckMs: 200 });
    let stop = false;
    const write = async (locks: (typeof writers)[number]): Promise<void> => {
      while (!stop) await locks.advisoryLock(AGENT, 7, {}, () => sql('select 1'));
    };
    const loops = writers.flatMap((locks) => [write(locks), write(locks)]);
    for (let turn = 0; turn < 3; turn++)
      await reader.advisoryLock(AGENT, 7, { ...shared, timeoutMs: 10_000 }, () => {});
    stop = true;
    await Promise.all(loops);
  });
});

it('never lets shared and exclusive holders meet, in three processes', async () => {
  const services = [create(), create(), create({ maxHandOverMs: 1 })];
  let readers = 0;
  let writers = 0;
  let broken = 0;
  const work = async (locks: (typeof services)[number], seed: number): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      const isShared = (seed * 31 + n * 17) % 3 !== 0;
      await locks.advisoryLock(AGENT, 8, { shared: isShared }, async () => {
        if (isShared) readers++;
        else writers++;
        if (writers > 1 || (writers === 1 && readers > 0)) broken++;
        await sql('select 1');
        if (isShared) readers--;
        else writers--;
      });
    }
  };
  await Promise.all(services.flatMap((locks, n) => [work(locks, n), work(locks, n + 3)]));
  expect(broken).toBe(0);
  await until('nothing left', async () => (await pgLocks()).length === 0);
});

it('an exclusive request that is told of a release, and finds shared holders, shows its intent', async () => {
  const holder = new pg.Client({ connectionString: url() });
  await holder.connect();
  await holder.query('select pg_advisory_lock(1, 10)');
  // No re-check: what is shown is shown because of the announcement.
  const locks = create({ recheckMs: NEVER_MS, applicationName: 'told' });
  const waiting = locks.acquire(AGENT, 10, { timeoutMs: 60_000 });
  await until('it listens', async () => {
    const text = `select from pg_stat_activity
      where application_name = 'told' and query like 'listen %' and state = 'idle'`;
    return (await sql(text)).length === 1;
  });
  // Others that came first: the key goes on in shared hands.
  await holder.query('select pg_advisory_unlock(1, 10), pg_advisory_lock_shared(1, 10)');
  const key = pairKey(AGENT, 10);
  const announce = `select pg_notify('${CHANNEL}', '${key.interest}')`;
  await sql(announce);
  await until('its intent is shown', async () =>
    (await pgLocks()).includes(wideKeyText(intentOf(key))),
  );
  await holder.query('select pg_advisory_unlock_shared(1, 10)');
  await sql(announce);
  await (await waiting).release();
  await holder.end();
});

it('refuses re-entry in any mode', async () => {
  const locks = create();
  const inside = gate();
  await locks.advisoryLock(AGENT, 9, shared, async () => {
    await expectCode(locks.acquire(AGENT, 9, shared), 'reentrant');
    inside.open();
  });
  await inside.opened;
});
