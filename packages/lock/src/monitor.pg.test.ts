import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../test-support/fixture.ts';
import { createAdvisoryLocks, LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, url, sql } = lockFixture();

describe('the list of holders', () => {
  it('shows own locks with purpose, duration and waiters', async () => {
    const locks = create({ applicationName: 'lister' });
    const held = await locks.acquire(AGENT, -5, { purpose: 'hook Stop' });
    const waiting = locks.acquire(AGENT, -5, { purpose: 'reaper' });
    const rows = await locks.heldAdvisoryLocks();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      applicationName: 'lister',
      state: 'idle',
      namespace: AGENT,
      entityId: -5,
      key: null,
      mode: 'ExclusiveLock',
      granted: true,
      purpose: 'hook Stop',
      waiting: 1,
    });
    expect(rows[0]?.queryStart).toBeInstanceOf(Date);
    expect(rows[0]?.durationSeconds).toBeGreaterThan(0);
    const local = locks.localState();
    expect(local.held).toMatchObject([
      { id: -5, purpose: 'hook Stop', waiters: 1, pid: rows[0]?.pid },
    ]);
    expect(local.waiting).toMatchObject([{ id: -5, purpose: 'reaper' }]);
    expect(local.pids).toContain(rows[0]?.pid);
    await held.release();
    await (await waiting).release();
    expect(await locks.heldAdvisoryLocks()).toEqual([]);
  });

  it('shows locks of others, 64-bit keys and those who wait in the server, but no interest', async () => {
    const locks = create();
    const foreign = new pg.Client({ connectionString: url(), application_name: 'foreign' });
    const blocked = new pg.Client({ connectionString: url(), application_name: 'blocked' });
    await Promise.all([foreign.connect(), blocked.connect()]);
    await foreign.query('select pg_advisory_lock(-7), pg_advisory_lock(2, 3)');
    const blocking = blocked.query('select pg_advisory_lock(2, 3)');
    const interested = locks.acquire(2, 3);
    await until('both wait', async () => (await pgLocks()).length === 4);
    const rows = await locks.heldAdvisoryLocks();
    const short = rows.map(({ namespace, entityId, key, granted, applicationName }) =>
      [applicationName, namespace ?? '-', entityId ?? '-', key ?? '-', granted].join(' '),
    );
    expect(short).toEqual(['foreign 2 3 - true', 'blocked 2 3 - false', 'foreign - - -7 true']);
    expect(rows.every((row) => row.purpose === null && row.waiting === null)).toBe(true);
    await foreign.end();
    await blocking;
    await blocked.end();
    await (await interested).release();
  });

  it('shows this database only', async () => {
    const [row] = await sql('select current_database() as name');
    const elsewhere = url().replace(String(row?.['name']), 'postgres');
    const other = createAdvisoryLocks({ connectionString: elsewhere });
    const held = await other.acquire(AGENT, 1);
    const rows = await create().heldAdvisoryLocks();
    expect(rows).toEqual([]);
    await held.release();
    await other.close();
  });

  it('gives an error when the database does not answer', async () => {
    const locks = create({ connectionString: url().replace(/:\d+\//, ':1/') });
    await expectCode(locks.heldAdvisoryLocks(), 'connection');
  });
});

it('reports what happens, and a failing hook harms nothing', async () => {
  const seen: string[] = [];
  const locks = create({
    onEvent: (event) => {
      seen.push(event.type);
      throw new Error('metrics are broken');
    },
  });
  await locks.advisoryLock(AGENT, 1, { purpose: 'work' }, async () => {
    const busy = await create().advisoryLockOrSkip(AGENT, 1, {}, () => {});
    expect(busy.acquired).toBe(false);
    await locks.advisoryLockOrSkip(AGENT, 1, {}, () => {});
  });
  expect(seen.filter((type) => !type.startsWith('session'))).toEqual([
    'acquired',
    'skipped',
    'released',
  ]);
});
