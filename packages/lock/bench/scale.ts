/** What many locks and many waiters cost: connections, memory, WAL, other people's work. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { createAdvisoryLocks, LockNamespace } from '../src/index.ts';
import { median } from './measure.ts';
import { atLeast, atMost, type Row } from './rows.ts';

const { AGENT } = LockNamespace;
const HELD = 4_000;
const WAITERS = 1_000;

export async function scaleRows(url: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const rows = [
    ...(await heldRows(url)),
    ...(await waiterRows(url, client)),
    ...(await indexRows(url, client)),
    ...(await walRows(url, client)),
  ];
  await client.end();
  return rows;
}

async function heldRows(url: string): Promise<Row[]> {
  await using locks = createAdvisoryLocks({ connectionString: url });
  await locks.advisoryLock(AGENT, 0, {}, () => {});
  const before = heapBytes();
  const held = await Promise.all(
    Array.from({ length: HELD }, (_, id) => locks.acquire(AGENT, id + 1)),
  );
  const bytes = (heapBytes() - before) / HELD;
  const { pids } = locks.localState();
  await Promise.all(held.map((lock) => lock.release()));
  return [
    atLeast('locks held at once, default settings', held.length, 'locks', HELD),
    atMost('  connections that hold them', pids.length, '', 2),
    atMost('  heap of each', bytes, 'bytes', 2_048),
  ];
}

async function waiterRows(url: string, client: pg.Client): Promise<Row[]> {
  await using holder = createAdvisoryLocks({ connectionString: url });
  const ids = Array.from({ length: WAITERS }, (_, n) => n);
  const held = await Promise.all(ids.map((id) => holder.acquire(AGENT, id)));
  await using locks = createAdvisoryLocks({ connectionString: url, applicationName: 'waiters' });
  const waiting = ids.map((id) => locks.acquire(AGENT, id, { timeoutMs: 60_000 }));
  await locksInServer(client, 2 * WAITERS);
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where application_name = 'waiters'",
  );
  await Promise.all(held.map((lock) => lock.release()));
  await Promise.all(waiting.map(async (lock) => (await lock).release()));
  const count = rows[0]?.n ?? Number.NaN;
  return [atMost('connections for 1,000 waiters on 1,000 keys held elsewhere', count, '', 3)];
}

async function indexRows(url: string, client: pg.Client): Promise<Row[]> {
  await client.query('create table bench_index as select g as n from generate_series(1, 100000) g');
  const build = async (): Promise<number> => {
    const startedAt = performance.now();
    await client.query('create index concurrently bench_index_n on bench_index (n)');
    const time = performance.now() - startedAt;
    await client.query('drop index bench_index_n');
    return time;
  };
  await using holder = createAdvisoryLocks({ connectionString: url });
  const ids = Array.from({ length: 100 }, (_, n) => n);
  await build();
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) {
    const alone = await build();
    const held = await Promise.all(ids.map((id) => holder.acquire(AGENT, id)));
    await using locks = createAdvisoryLocks({ connectionString: url });
    const waiting = ids.map((id) => locks.acquire(AGENT, id, { timeoutMs: 60_000 }));
    await locksInServer(client, 200);
    ratios.push((await build()) / alone);
    await Promise.all(held.map((lock) => lock.release()));
    await Promise.all(waiting.map(async (lock) => (await lock).release()));
  }
  await client.query('drop table bench_index');
  return [atMost('CREATE INDEX CONCURRENTLY beside 100 waiters', median(ratios), '× alone', 1.5)];
}

async function walRows(url: string, client: pg.Client): Promise<Row[]> {
  const ACQUIRES = 3_200;
  await using locks = createAdvisoryLocks({ connectionString: url });
  await locks.advisoryLock(AGENT, 0, {}, () => {});
  await client.query('checkpoint');
  const before = await walRecords(client);
  for (let n = 0; n < ACQUIRES / 100; n++)
    await Promise.all(
      Array.from({ length: 100 }, (_, id) => locks.advisoryLock(AGENT, id, {}, () => {})),
    );
  await locks.close();
  const records = (await walRecords(client)) - before;
  return [atMost('WAL records per acquire', records / ACQUIRES, '', 1 / 32)];
}

async function walRecords(client: pg.Client): Promise<number> {
  await client.query('select pg_stat_force_next_flush()');
  await client.query('select pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ n: string }>(
    'select wal_records::text as n from pg_stat_wal',
  );
  return Number(rows[0]?.n);
}

async function locksInServer(client: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_locks where locktype = 'advisory'",
    );
    if ((rows[0]?.n ?? 0) >= count) return;
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
