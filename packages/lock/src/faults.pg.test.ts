import { describe, expect, it } from 'vitest';
import { expectCode, gate, lockFixture, until } from '../test-support/fixture.ts';
import { startBadLink } from '../test-support/bad-link.ts';
import { startTaker } from '../test-support/processes.ts';
import { AdvisoryLockError, LockNamespace } from './index.ts';
import { pairKey } from './keys.ts';
import { resolveSettings } from './options.ts';
import { LockTable } from './queue/lock-table.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, sql, url, events } = lockFixture();

/** Code, message and cause in one line, for assertions that say what went wrong. */
function describeError(error: unknown): string {
  if (!(error instanceof AdvisoryLockError)) return String(error);
  return `${error.code}: ${error.message}; ${String(error.cause)}`;
}

/** End backends by application name; the server says how many. */
async function terminate(applicationName: string): Promise<number> {
  const text = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1`;
  return (await sql(text, [applicationName])).length;
}

describe('a lost session', () => {
  it('is told to the holder without a running query, and the next acquire works', async () => {
    const locks = create({ applicationName: 'victim' });
    const inside = gate();
    let toldAfterMs = 0;
    const body = locks.advisoryLock(AGENT, 1, {}, async (lock) => {
      lock.assertHeld();
      const told = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
      const killedAt = performance.now();
      expect(await terminate('victim')).toBe(1);
      await told;
      toldAfterMs = performance.now() - killedAt;
      expect(lock.signal.reason).toBeInstanceOf(AdvisoryLockError);
      expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'lost' }));
      expect(lock.remainingMs()).toBe(0);
      inside.open();
    });
    await inside.opened;
    await expectCode(body, 'lost');
    expect(toldAfterMs).toBeLessThan(1_000);
    const again = await locks.advisoryLock(AGENT, 1, {}, () => 'works');
    expect(again).toBe('works');
    expect(events.map((event) => event.type)).toContain('session_lost');
  });

  it('moves callers that wait, queued here or waiting for another process', async () => {
    const [locks, other] = [create({ applicationName: 'victim' }), create()];
    const elsewhere = await other.acquire(AGENT, 3);
    const held = await locks.acquire(AGENT, 2);
    const waiting = [locks.acquire(AGENT, 2), locks.acquire(AGENT, 3)] as const;
    await until('interest is shown', async () => (await pgLocks()).length === 3);
    await terminate('victim');
    const queued = await waiting[0];
    expect(queued.token).toBeGreaterThan(held.token);
    await expectCode(held.release(), 'lost');
    await elsewhere.release();
    const remote = await waiting[1];
    queued.assertHeld();
    remote.assertHeld();
    await Promise.all([queued.release(), remote.release()]);
    expect(await pgLocks()).toEqual([]);
  });

  it('survives the end of sessions under load', async () => {
    const locks = create({ applicationName: 'victim' });
    let stop = false;
    const outcomes = { fine: 0, lost: 0 };
    const work = async (id: number): Promise<void> => {
      while (!stop)
        await locks
          .advisoryLock(AGENT, id, {}, () => {})
          .then(
            () => outcomes.fine++,
            (error: unknown) => {
              // Also a session that was ended while it opened, and once more at each attempt.
              expect(describeError(error)).toMatch(/^(lost|connection)/);
              outcomes.lost++;
            },
          );
    };
    const workers = Array.from({ length: 20 }, (_, n) => work(n % 7));
    for (let kill = 0; kill < 10; kill++) {
      const fineBefore = outcomes.fine;
      await until('work goes on', () => outcomes.fine > fineBefore + 50);
      await terminate('victim');
    }
    stop = true;
    await Promise.all(workers);
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });
});

describe('body and release', () => {
  it('gives the error of the body when both fail', async () => {
    const locks = create({ applicationName: 'victim' });
    const mistake = new Error('body failed');
    const both = locks.advisoryLock(AGENT, 4, {}, async (lock) => {
      await terminate('victim');
      await until('told', () => lock.signal.aborted);
      throw mistake;
    });
    await expect(both).rejects.toBe(mistake);
    expect(events.find((event) => event.type === 'lost')).toMatchObject({ namespace: 1, id: 4 });
  });
});

it('frees the lock of a process that is killed', async () => {
  const taker = startTaker(url(), 5);
  await taker.says('held');
  const locks = create({ recheckMs: 50 });
  expect(await locks.tryAcquire(AGENT, 5)).toBeNull();
  taker.signal('SIGKILL');
  await (await locks.acquire(AGENT, 5)).release();
  expect(await pgLocks()).toEqual([]);
});

it('opens another connection where the first one answers out of step', async () => {
  const link = await startBadLink(url());
  link.strayAnswerOnFirst();
  const locks = create({ connectionString: link.url, sessions: 1 });
  await locks.advisoryLock(AGENT, 8, {}, () => {});
  await locks.close();
  await link.close();
});

describe('an unlock that the server refuses', () => {
  it.each([
    ['alone', 1],
    ['in a batch', 3],
  ])('is reported as lost, and the session is put right and stays: %s', async (_, count) => {
    const table = new LockTable(resolveSettings({ connectionString: url(), sessions: 1 }));
    const options = {
      shared: false,
      timeoutMs: 5_000,
      purpose: null,
      signal: null,
      report: true,
    } as const;
    const take = async (id: number) => {
      const lock = await table.request(pairKey(AGENT, id), { ...options, mode: 'wait' });
      if (lock === null) throw new Error('not granted');
      return lock;
    };
    const lost = await Promise.all(Array.from({ length: count }, (__, n) => take(60 + n)));
    const other = await take(7);
    const pids = table.sessions.pids();
    // Behind the table's back, so that its own release finds nothing to unlock.
    const release = { unlock: 'exclusive', hideInterest: false, hideIntent: false } as const;
    await Promise.all(lost.map((lock) => lock.session.release(lock.lockKey, release)));
    await Promise.all(lost.map((lock) => expectCode(lock.release(), 'lost')));
    other.assertHeld();
    expect(await pgLocks()).toEqual(['1:7:2']);
    expect(table.sessions.pids()).toEqual(pids);
    await other.release();
    await (await take(60)).release();
    await table.close();
  });
});

describe('a statement that fails after it has taken keys', () => {
  it('leaves no unreported lock and keeps those that were held', async () => {
    const locks = create({ sessions: 1, fenceSequence: 'short_fence' });
    const held = await locks.acquire(AGENT, 1_000);
    const [row] = await sql('select last_value from short_fence');
    // The token of the batch cannot be given: all of its keys are locked by then.
    await sql(`alter sequence short_fence maxvalue ${String(row?.['last_value'])}`);
    const asked = Array.from({ length: 50 }, (_, n) => locks.acquire(AGENT, n));
    const results = await Promise.allSettled(asked);
    const reconciled = events.find((event) => event.type === 'session_reconciled');
    expect(reconciled).toMatchObject({ releasedUnknown: 50, missing: 0 });
    const granted = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'connection' });
    expect(await pgLocks()).toHaveLength(granted.length + 1);
    held.assertHeld();
    await sql('alter sequence short_fence no maxvalue');
    await Promise.all([held, ...granted].map((lock) => lock.release()));
    expect(await pgLocks()).toEqual([]);
    await locks.advisoryLock(AGENT, 0, {}, () => {});
  });
});

describe('the server runs out of something', () => {
  it('says pool_exhausted when it has no free connection', async () => {
    await sql("create role crowded login connection limit 0 password 'crowded'");
    const crowded = new URL(url());
    crowded.username = 'crowded';
    crowded.password = 'crowded';
    const locks = create({ connectionString: crowded.href });
    await expectCode(locks.acquire(AGENT, 8), 'pool_exhausted');
    await sql('drop role crowded');
  });

  it('says pool_exhausted at the caps of this process', async () => {
    const locks = create({ maxWaiting: 3, maxKeys: 3 });
    const held = await locks.acquire(AGENT, 9);
    const waiting = [1, 2, 3].map(() => locks.acquire(AGENT, 9));
    await expectCode(locks.acquire(AGENT, 9), 'pool_exhausted');
    await held.release();
    await Promise.all(waiting.map(async (each) => (await each).release()));
    const three = await Promise.all([1, 2, 3].map((id) => locks.acquire(AGENT, id)));
    await expectCode(locks.acquire(AGENT, 4), 'pool_exhausted');
    await Promise.all(three.map((lock) => lock.release()));
  });
});

it('ends everything with closed', async () => {
  const locks = create();
  const held = await locks.acquire(AGENT, 10);
  const waiting = locks.acquire(AGENT, 10);
  const { signal } = held;
  const ended = expectCode(waiting, 'closed');
  await locks.close();
  await ended;
  expect(signal.reason).toMatchObject({ code: 'closed' });
  await expectCode(held.release(), 'closed');
  await expectCode(locks.acquire(AGENT, 10), 'closed');
  expect(await pgLocks()).toEqual([]);
});
