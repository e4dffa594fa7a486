/**
 * What every lock promises, whatever its mode, its key and the way to the server: one suite over
 * PostgreSQL 18 and 15, directly and behind a pooler in session mode.
 */
import { noteNotRun } from '@headspace/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, POSTGRES_15, startCluster } from '../test-support/cluster.ts';
import { expectCode, gate, until } from '../test-support/fixture.ts';
import { findPgbouncer, type Pgbouncer, startPgbouncer } from '../test-support/pgbouncer.ts';
import { type AdvisoryLocks, createAdvisoryLocks, type LockHandle } from './index.ts';

const GROUNDS = [
  { name: 'PostgreSQL 18', version: undefined, pooled: false },
  { name: 'PostgreSQL 18 behind a pooler', version: undefined, pooled: true },
  { name: 'PostgreSQL 15', version: POSTGRES_15 ?? null, pooled: false },
  { name: 'PostgreSQL 15 behind a pooler', version: POSTGRES_15 ?? null, pooled: true },
] as const;

/** How a caller asks for a lock; all of these exclude each other as `excludes` says. */
const MODES = [
  { name: 'exclusive', take: take(false), tryTake: tryTake(false), sharesWithItself: false },
  { name: 'shared', take: take(true), tryTake: tryTake(true), sharesWithItself: true },
  {
    name: '64-bit key',
    take: (locks: AdvisoryLocks, options: Waiting) => locks.acquire({ key: 77n }, options),
    tryTake: (locks: AdvisoryLocks) => locks.tryAcquire({ key: 77n }),
    sharesWithItself: false,
  },
  {
    name: 'semaphore of one',
    take: (locks: AdvisoryLocks, options: Waiting) => locks.semaphore('one', 1).acquire(options),
    tryTake: (locks: AdvisoryLocks) => locks.semaphore('one', 1).tryAcquire(),
    sharesWithItself: false,
  },
] as const;

interface Waiting {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function take(shared: boolean) {
  return async (locks: AdvisoryLocks, options: Waiting): Promise<LockHandle> =>
    locks.acquire(1, 7, { ...options, shared });
}

function tryTake(shared: boolean) {
  return async (locks: AdvisoryLocks): Promise<LockHandle | null> =>
    locks.tryAcquire(1, 7, { shared });
}

const pgbouncer = findPgbouncer();
if (POSTGRES_15 === undefined) noteNotRun('the locks on PostgreSQL 15: install postgresql-15.');

for (const ground of GROUNDS) {
  const absent = ground.version === null || (ground.pooled && pgbouncer === null);
  describe.skipIf(absent)(`the contract on ${ground.name}`, () => {
    let cluster: Cluster | undefined;
    let pooler: Pgbouncer | undefined;
    let watcher: Client;
    let services: AdvisoryLocks[] = [];

    beforeAll(async () => {
      cluster = await startCluster({ fsync: 'off' }, ground.version ?? undefined);
      if (ground.pooled) pooler = await startPgbouncer(cluster.url('postgres'), 'session', 50);
      watcher = new Client({ connectionString: cluster.url('postgres') });
      await watcher.connect();
    });
    afterEach(async () => {
      await Promise.all(services.map((service) => service.close()));
      services = [];
      await until('nothing is left', async () => (await held()) === 0);
    });
    afterAll(async () => {
      await watcher.end();
      await pooler?.[Symbol.asyncDispose]();
      await cluster?.remove();
    });

    /** Each stands for a process of its own. */
    const create = (): AdvisoryLocks => {
      const connectionString = pooler?.url ?? cluster?.url('postgres') ?? '';
      const service = createAdvisoryLocks({ connectionString });
      services.push(service);
      return service;
    };
    const held = async (): Promise<number> => {
      const text = `select count(*)::int as n from pg_locks where locktype = 'advisory'`;
      return (await watcher.query<{ n: number }>(text)).rows[0]?.n ?? 0;
    };

    describe.each(MODES)('$name', ({ take, tryTake, sharesWithItself }) => {
      it('is granted where it is free, with growing tokens, and leaves nothing', async () => {
        const locks = create();
        const tokens: bigint[] = [];
        for (let n = 0; n < 3; n++) {
          await using lock = await take(locks, {});
          lock.assertHeld();
          expect(lock.remainingMs()).toBeGreaterThan(0);
          expect(await held()).toBeGreaterThan(0);
          tokens.push(lock.token);
        }
        expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(new Set(tokens).size).toBe(3);
      });

      it('keeps others out, in the same process and in another one', async () => {
        const [here, there] = [create(), create()];
        const lock = await take(here, {});
        for (const locks of [here, there]) {
          const other = await tryTake(locks);
          expect(other === null).toBe(!sharesWithItself);
          await other?.release();
          if (!sharesWithItself) await expectCode(take(locks, { timeoutMs: 50 }), 'timeout');
        }
        await lock.release();
        await (await take(there, {})).release();
      });

      it.skipIf(sharesWithItself)('goes to those who wait, one at a time', async () => {
        const processes = [create(), create(), create()];
        let inside = 0;
        let most = 0;
        const work = async (locks: AdvisoryLocks): Promise<void> => {
          await using _ = await take(locks, { timeoutMs: 60_000 });
          most = Math.max(most, ++inside);
          await watcher.query('select 1');
          inside--;
        };
        const callers = processes.flatMap((locks) => Array.from({ length: 8 }, () => work(locks)));
        await Promise.all(callers);
        expect(most).toBe(1);
      });

      it.skipIf(sharesWithItself)(
        'lets a waiter go by its signal, and serves the next',
        async () => {
          const [here, there] = [create(), create()];
          const lock = await take(here, {});
          const leaving = new AbortController();
          const gone = take(there, { signal: leaving.signal });
          const stays = take(there, { timeoutMs: 60_000 });
          await until('both wait', () => there.localState().waiting.length > 0);
          leaving.abort();
          await expectCode(gone, 'aborted');
          await lock.release();
          await (await stays).release();
        },
      );

      it('is lost with its session: the holder is told, and others get it', async () => {
        const [here, there] = [create(), create()];
        const lock = await take(here, {});
        const told = gate();
        lock.signal.addEventListener('abort', told.open, { once: true });
        // Behind a pooler it is the server's own session that ends.
        await watcher.query(
          `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`,
        );
        await told.opened;
        expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'lost' }));
        await (await take(there, { timeoutMs: 60_000 })).release();
        await lock.release().catch(() => undefined);
      });
    });

    it('shared and exclusive exclude each other, over processes', async () => {
      const [here, there] = [create(), create()];
      const reader = await here.acquire(1, 7, { shared: true });
      expect(await there.tryAcquire(1, 7)).toBeNull();
      const writer = there.acquire(1, 7, { timeoutMs: 60_000 });
      await reader.release();
      const held = await writer;
      expect(await here.tryAcquire(1, 7, { shared: true })).toBeNull();
      await held.release();
      await (await here.acquire(1, 7, { shared: true })).release();
    });

    it('several keys are taken all or none', async () => {
      const [here, there] = [create(), create()];
      const one = await here.acquire(2, 5);
      await expectCode(
        there.advisoryLockAll(2, [3, 5, 4], { timeoutMs: 50 }, () => undefined),
        'timeout',
      );
      expect(await here.tryAcquire(2, 3).then((lock) => lock?.release())).toBeUndefined();
      await one.release();
      const ids = await there.advisoryLockAll(2, [5, 3, 4], {}, (locks) =>
        locks.map(({ id }) => id),
      );
      expect(ids).toEqual([3, 4, 5]);
    });

    it('a body that throws gives it back, and its error arrives', async () => {
      const locks = create();
      const mistake = new Error('body');
      await expect(locks.advisoryLock(3, 1, {}, () => Promise.reject(mistake))).rejects.toBe(
        mistake,
      );
      expect(await locks.advisoryLockOrSkip(3, 1, {}, () => 5)).toEqual({
        acquired: true,
        value: 5,
      });
    });

    it.skipIf(ground.pooled || pgbouncer === null)(
      'a pooler by transaction is refused',
      async () => {
        await using pooled = await startPgbouncer(cluster?.url('postgres') ?? '', 'transaction', 5);
        const locks = createAdvisoryLocks({ connectionString: pooled.url });
        services.push(locks);
        await expectCode(locks.acquire(4, 1, { timeoutMs: 60_000 }), 'pooler');
      },
    );
  });
}
