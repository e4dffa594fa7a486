/** Tokens grow strictly per key, through everything that can end a holder. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../test-support/cluster.ts';
import { startTaker } from '../test-support/processes.ts';
import { until } from '../test-support/fixture.ts';
import { createAdvisoryLocks, fenceSequenceSql, LockNamespace } from './index.ts';
import { JUMP_LOCK } from './session/fence.ts';

const { AGENT } = LockNamespace;

let cluster: Cluster;
/** A slow WAL writer, so that a crash takes back as much as possible. */
const slowWal = { wal_writer_delay: '10s', fsync: 'off', checkpoint_timeout: '1h' };

beforeAll(async () => {
  cluster = await startCluster(slowWal);
});
afterAll(() => cluster.remove());

async function takeToken(id: number): Promise<bigint> {
  await using locks = createAdvisoryLocks({ connectionString: cluster.url('postgres') });
  return await locks.advisoryLock(AGENT, id, {}, (lock) => lock.token);
}

function expectIncreasing(tokens: readonly bigint[]): void {
  const sorted = [...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1));
  expect(tokens).toEqual(sorted);
}

describe('tokens grow', () => {
  it('through an immediate stop of PostgreSQL and its restart', async () => {
    const tokens: bigint[] = [];
    for (let restart = 0; restart < 3; restart++) {
      const locks = createAdvisoryLocks({
        connectionString: cluster.url('postgres'),
        maxHandOvers: 0,
        sessions: 1,
      });
      for (let n = 0; n < 100; n++)
        tokens.push(await locks.advisoryLock(AGENT, 1, {}, (lock) => lock.token));
      const held = await locks.acquire(AGENT, 1);
      tokens.push(held.token);
      await cluster.stopImmediately();
      await expect(held.release()).rejects.toMatchObject({ code: 'lost' });
      await locks.close();
      await cluster.start();
    }
    tokens.push(await takeToken(1));
    expectIncreasing(tokens);
  });

  it('would repeat without the epoch: a bare sequence goes back in the same crash', async () => {
    const client = new Client({ connectionString: cluster.url('postgres') });
    client.on('error', () => {});
    await client.connect();
    await client.query(fenceSequenceSql('bare'));
    await client.query('set synchronous_commit = off');
    let last = 0n;
    for (let n = 0; n < 100; n++) {
      const { rows } = await client.query<{ token: string }>(`select nextval('bare') as token`);
      last = BigInt(rows[0]?.token ?? 0);
    }
    await cluster.stopImmediately();
    await cluster.start();
    const after = new Client({ connectionString: cluster.url('postgres') });
    await after.connect();
    const { rows } = await after.query<{ token: string }>(`select nextval('bare') as token`);
    await after.end();
    expect(BigInt(rows[0]?.token ?? 0)).toBeLessThanOrEqual(last);
  });

  it('through kill -9 of the holder', async () => {
    const tokens: bigint[] = [];
    for (let n = 0; n < 2; n++) {
      const taker = startTaker(cluster.url('postgres'), 2, { recheckMs: 50 });
      tokens.push(BigInt((await taker.says('held')).split(' ')[1] ?? '0'));
      taker.signal('SIGKILL');
      tokens.push(await takeToken(2));
    }
    expectIncreasing(tokens);
  });

  it('over many sessions that open at one time', async () => {
    const services = Array.from({ length: 8 }, () =>
      createAdvisoryLocks({ connectionString: cluster.url('postgres'), sessions: 2 }),
    );
    const tokens: bigint[] = [];
    const work = services.flatMap((locks) =>
      Array.from({ length: 20 }, () =>
        locks.advisoryLock(AGENT, 3, {}, (lock) => void tokens.push(lock.token)),
      ),
    );
    await Promise.all(work);
    await Promise.all(services.map((locks) => locks.close()));
    expect(tokens).toHaveLength(160);
    expectIncreasing(tokens);
  });
});

it('lets one session at a time advance the sequence', async () => {
  const client = new Client({ connectionString: cluster.url('postgres') });
  await client.connect();
  await client.query('select pg_advisory_lock($1)', [String(JUMP_LOCK)]);
  const opening = takeToken(5);
  await until('the opening session waits', async () => {
    const { rowCount } = await client.query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted`,
    );
    return rowCount === 1;
  });
  await client.end();
  expect(await opening).toBeGreaterThan(0n);
});

it('refuses a sequence that cannot give tokens', async () => {
  const client = new Client({ connectionString: cluster.url('postgres') });
  await client.connect();
  await client.query('create sequence ordinary');
  await client.end();
  await using locks = createAdvisoryLocks({
    connectionString: cluster.url('postgres'),
    fenceSequence: 'public.ordinary',
  });
  const attempt = locks.acquire(AGENT, 4);
  await expect(attempt).rejects.toThrow(/"public"."ordinary" cannot give fencing tokens/);
});
