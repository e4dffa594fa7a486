/** Who leads, on a real database: one at a time, and the next one soon. */
import { createAdvisoryLocks, type AdvisoryLocks } from '@headspace/lock';
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { intervalService } from './interval-service.ts';
import { Leader } from './leader.ts';

const logger = pino({ level: 'silent' });
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database[Symbol.asyncDispose]());

interface Process extends AsyncDisposable {
  readonly leader: Leader;
  readonly locks: AdvisoryLocks;
}

/** One process, as far as leading is concerned. */
function open(name: string): Process {
  const locks = createAdvisoryLocks({ connectionString: database.url, leaseMs: 1_000 });
  const leader = new Leader({ locks, name, clock: systemClock, logger });
  return {
    leader,
    locks,
    async [Symbol.asyncDispose]() {
      await leader.stop();
      await locks.close();
    },
  };
}

test('of two processes one leads, and the other one when it stops', async () => {
  await using one = open('a');
  await using two = open('a');
  one.leader.start();
  const { signal } = new AbortController();
  await one.leader.lead(signal);
  two.leader.start();
  const second = two.leader.lead(signal);
  expect([one.leader.leads, two.leader.leads]).toEqual([true, false]);
  await one.leader.stop();
  await second;
  expect([one.leader.leads, two.leader.leads]).toEqual([false, true]);
});

test('different names do not wait for each other', async () => {
  await using one = open('b');
  await using two = open('c');
  one.leader.start();
  two.leader.start();
  const { signal } = new AbortController();
  await Promise.all([one.leader.lead(signal), two.leader.lead(signal)]);
});

test('a lead that is lost is told, and asked for again', async () => {
  await using one = open('d');
  one.leader.start();
  const { signal } = new AbortController();
  const lost = await one.leader.lead(signal);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
     where d.datname = current_database() and l.locktype = 'advisory' and l.granted`,
  );
  await client.end();
  await waitUntil(() => lost?.aborted);
  const next = await one.leader.lead(signal);
  expect(next?.aborted).toBe(false);
});

test('a loop runs in the leading process only; the other one does what standby means', async () => {
  await using one = open('e');
  await using two = open('e');
  const seen: string[] = [];
  const loop = (who: string, { leader }: Process) =>
    intervalService({
      name: 'loop',
      times: { intervalMs: 5 },
      clock: systemClock,
      logger,
      leader,
      standby: () => Promise.resolve(void seen.push(`${who} standby`)),
      tick: () => Promise.resolve(void seen.push(`${who} works`)),
    });
  const services = [loop('one', one), loop('two', two)];
  one.leader.start();
  await one.leader.lead(new AbortController().signal);
  two.leader.start();
  for (const service of services) void service.run();
  await waitUntil(() => seen.includes('one works') && seen.includes('two standby'));
  expect(services.map((service) => service.health().role)).toEqual(['active', 'standby']);
  expect(seen).not.toContain('two works');
  await services[0]?.stop();
  await one.leader.stop();
  await waitUntil(() => seen.includes('two works'));
  await services[1]?.stop();
});
