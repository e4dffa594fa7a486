import { describe, expect, it } from 'vitest';
import { gate, lockFixture, until } from '../../test-support/fixture.ts';
import { runForLeader, type AdvisoryLocks, type Leader } from '../index.ts';

const { create, sql, pgLocks } = lockFixture();
const key = { namespace: 2, id: 7 };

/** A candidate that leads until its signal aborts. */
function candidate(locks: AdvisoryLocks, log: string[], name: string, errors: unknown[] = []) {
  return runForLeader(
    locks,
    key,
    (lock, signal) =>
      new Promise<void>((resolve) => {
        log.push(`${name} leads`);
        signal.addEventListener('abort', () => resolve());
        lock.assertHeld();
      }),
    { retryMs: 10, onError: (error) => errors.push(error) },
  );
}

describe('a leader', () => {
  it('is one at a time; when it stops the next one leads, with a greater token', async () => {
    const log: string[] = [];
    const leaders: Leader[] = [];
    for (const name of ['a', 'b', 'c']) leaders.push(candidate(create(), log, name));
    await until('one leads', () => log.length === 1);
    const first = leaders.find((leader) => leader.isLeader);
    const token = first?.token ?? 0n;
    expect(leaders.filter((leader) => leader.isLeader)).toHaveLength(1);
    await first?.stop();
    expect(first?.isLeader).toBe(false);
    await until('the next one leads', () => log.length === 2);
    const second = leaders.find((leader) => leader.isLeader);
    expect(second?.token).toBeGreaterThan(token);
    await Promise.all(leaders.map((leader) => leader.stop()));
    await until('nothing left', async () => (await pgLocks()).length === 0);
  });

  it('is told when it loses its session, and runs again', async () => {
    const log: string[] = [];
    const errors: unknown[] = [];
    const leader = candidate(create({ applicationName: 'leader' }), log, 'a', errors);
    await until('leads', () => leader.isLeader);
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leader'",
    );
    await until('leads again', () => log.length === 2 && leader.isLeader);
    expect(errors).toMatchObject([{ code: 'lost' }]);
    await leader.stop();
  });

  it('ends with the lock service', async () => {
    const locks = create();
    const started = gate();
    const leader = runForLeader(locks, key, async (_lock, signal) => {
      started.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await started.opened;
    await locks.close();
    await leader.stop();
    expect(leader.isLeader).toBe(false);
  });
});
