import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { expectCode, gate, lockFixture, until } from '../test-support/fixture.ts';
import { LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, events, url, sql } = lockFixture();

describe('acquisition and release', () => {
  it('holds the lock in the server while the body runs, and not after', async () => {
    const locks = create();
    const value = await locks.advisoryLock(AGENT, 7, {}, async (lock) => {
      expect(await pgLocks()).toEqual(['1:7:2']);
      lock.assertHeld();
      expect(lock).toMatchObject({ namespace: AGENT, id: 7, key: null, purpose: null });
      expect(lock.remainingMs()).toBeGreaterThan(5_000);
      return 'result';
    });
    expect(value).toBe('result');
    expect(await pgLocks()).toEqual([]);
  });

  it('takes negative ids and 64-bit keys', async () => {
    const locks = create();
    await locks.advisoryLock(-3, -5, {}, async () => {
      await locks.advisoryLock({ key: -2n }, {}, async () => {
        expect(await pgLocks()).toEqual(['4294967293:4294967291:2', '4294967295:4294967294:1']);
      });
    });
    expect(await pgLocks()).toEqual([]);
  });

  it('releases when the body throws, and passes the same error on', async () => {
    const locks = create();
    const mistake = new Error('body failed');
    const failing = locks.advisoryLock(AGENT, 8, {}, () => Promise.reject(mistake));
    await expect(failing).rejects.toBe(mistake);
    const thrown = locks.advisoryLockOrSkip(AGENT, 8, {}, () => {
      throw mistake;
    });
    await expect(thrown).rejects.toBe(mistake);
    expect(await pgLocks()).toEqual([]);
  });

  it('keeps the lock through commits and rollbacks of the body', async () => {
    const locks = create();
    await locks.advisoryLock(AGENT, 9, {}, async () => {
      for (const end of ['commit', 'rollback', 'commit']) {
        await sql('begin');
        await sql('select 1');
        await sql(end);
        expect(await pgLocks()).toEqual(['1:9:2']);
      }
    });
    expect(await pgLocks()).toEqual([]);
  });

  it('works with await using', async () => {
    const locks = create();
    {
      await using lock = await locks.acquire(AGENT, 10, { purpose: 'using' });
      expect(lock.purpose).toBe('using');
      expect(await pgLocks()).toEqual(['1:10:2']);
      expect(await create().tryAcquire(AGENT, 10)).toBeNull();
    }
    expect(await pgLocks()).toEqual([]);
  });
});

describe('waiting', () => {
  it('serialises two callers on one key, first come first served', async () => {
    const locks = create();
    const order: string[] = [];
    const inside = gate();
    const first = locks.advisoryLock(AGENT, 1, {}, async () => {
      order.push('first in');
      await inside.opened;
      order.push('first out');
    });
    const others = [2, 3, 4].map((n) =>
      locks.advisoryLock(AGENT, 1, {}, async () => {
        order.push(`${n} in`);
        await sql('select 1');
        order.push(`${n} out`);
      }),
    );
    await until('others wait', () => locks.localState().waiting.length === 3);
    inside.open();
    await Promise.all([first, ...others]);
    expect(order.join(' ')).toBe('first in first out 2 in 2 out 3 in 3 out 4 in 4 out');
  });

  it('lets two agents run side by side', async () => {
    const locks = create();
    const both = [gate(), gate()];
    await Promise.all(
      both.map((mine, index) =>
        locks.advisoryLock(AGENT, index, {}, async () => {
          mine.open();
          await Promise.all(both.map((each) => each.opened));
        }),
      ),
    );
  });

  it('ends with timeout, in the same process and across processes', async () => {
    const [locks, other] = [create(), create()];
    await locks.advisoryLock(AGENT, 2, { purpose: 'the long one' }, async () => {
      await expectCode(
        other.advisoryLock(AGENT, 2, { timeoutMs: 60 }, () => {}),
        'timeout',
      );
    });
    const held = await locks.acquire(AGENT, 2, { purpose: 'the long one' });
    const waiting = locks.advisoryLock(AGENT, 2, { timeoutMs: 60 }, () => {});
    await expect(waiting).rejects.toThrow(/within 60 ms; held in this process.*the long one/);
    await expectCode(locks.acquire(AGENT, 2, { timeoutMs: 0 }), 'timeout');
    await held.release();
    await until('nothing left', async () => (await pgLocks()).length === 0);
    expect(events.filter((event) => event.type === 'timeout')).toHaveLength(2);
  });

  it('lets one waiter go by its AbortSignal and keeps the others', async () => {
    const locks = create();
    const held = await locks.acquire(AGENT, 3);
    const controller = new AbortController();
    const reason = new Error('enough');
    const gone = locks.acquire(AGENT, 3, { signal: controller.signal });
    const stays = locks.acquire(AGENT, 3);
    controller.abort(reason);
    await expect(gone).rejects.toMatchObject({ code: 'aborted', cause: reason });
    await held.release();
    await (await stays).release();
    await expectCode(locks.acquire(AGENT, 3, { signal: controller.signal }), 'aborted');
    expect(await pgLocks()).toEqual([]);
  });
});

describe('skipping', () => {
  it('answers busy at once when the key is held, here or elsewhere', async () => {
    const [locks, other] = [create(), create()];
    const held = await locks.acquire(AGENT, 4);
    const body = (): never => {
      throw new Error('must not run');
    };
    const busy = { acquired: false, reason: 'busy' };
    expect(await locks.advisoryLockOrSkip(AGENT, 4, {}, body)).toEqual(busy);
    expect(await other.advisoryLockOrSkip(AGENT, 4, {}, body)).toEqual(busy);
    await held.release();
    const free = await other.advisoryLockOrSkip(AGENT, 4, {}, () => 5);
    expect(free).toEqual({ acquired: true, value: 5 });
  });

  it('lets a background loop skip while a hook works, and run afterwards', async () => {
    const [server, loops] = [create(), create()];
    const inside = gate();
    const hook = server.advisoryLock(AGENT, 5, { purpose: 'hook' }, () => inside.opened);
    await until('hook holds', async () => (await pgLocks()).includes('1:5:2'));
    const tick = () => loops.advisoryLockOrSkip(AGENT, 5, { purpose: 'reaper' }, () => 'swept');
    expect(await tick()).toEqual({ acquired: false, reason: 'busy' });
    inside.open();
    await hook;
    expect(await tick()).toEqual({ acquired: true, value: 'swept' });
  });

  it('reports an error while acquiring as an error', async () => {
    const locks = create({ connectionString: url().replace(/:\d+\//, ':1/') });
    await expectCode(
      locks.advisoryLockOrSkip(AGENT, 6, {}, () => {}),
      'connection',
    );
  });
});

describe('re-entry', () => {
  it('is refused at once in both forms, and another key is not', async () => {
    const locks = create();
    await locks.advisoryLock(AGENT, 20, {}, async () => {
      await expectCode(
        locks.advisoryLock(AGENT, 20, {}, () => {}),
        'reentrant',
      );
      await expectCode(locks.acquire(AGENT, 20), 'reentrant');
      await expectCode(
        locks.advisoryLockAll(AGENT, [19, 20], {}, () => {}),
        'reentrant',
      );
      const skipped = await locks.advisoryLockOrSkip(AGENT, 20, {}, () => {});
      expect(skipped).toEqual({ acquired: false, reason: 'reentrant' });
      await locks.advisoryLock(AGENT, 21, {}, async () => {
        await expectCode(locks.acquire(AGENT, 20), 'reentrant');
        expect(await pgLocks()).toEqual(['1:20:2', '1:21:2']);
      });
    });
    const result = await locks.advisoryLockOrSkip(AGENT, 20, {}, () =>
      locks.advisoryLockOrSkip(AGENT, 20, {}, () => {}),
    );
    expect(result).toEqual({ acquired: true, value: { acquired: false, reason: 'reentrant' } });
  });

  it('does not see work that outlives the section as a holder', async () => {
    const locks = create();
    const later = gate();
    const leftover = await locks.advisoryLock(AGENT, 22, {}, () => {
      const work = later.opened.then(() => locks.advisoryLock(AGENT, 22, {}, () => 'fine'));
      return { work };
    });
    later.open();
    expect(await leftover.work).toBe('fine');
  });

  it('does not confuse parallel callers in one function', async () => {
    const locks = create();
    const work = async (): Promise<void> => {
      await using lock = await locks.acquire(AGENT, 23);
      lock.assertHeld();
    };
    await Promise.all([work(), work(), work()]);
  });
});

it('lets 50 callers finish whose bodies share an application pool of one', async () => {
  const locks = create();
  const pool = new pg.Pool({ connectionString: url(), max: 1 });
  // Its last connection may still be closing when the database is dropped.
  pool.on('error', () => {});
  const work = Array.from({ length: 50 }, (_, n) =>
    locks.advisoryLock(AGENT, n % 5, {}, async () => {
      await pool.query('select pg_sleep(0.001)');
      await pool.query('select 1');
    }),
  );
  await Promise.all(work);
  await pool.end();
  expect(await pgLocks()).toEqual([]);
});
