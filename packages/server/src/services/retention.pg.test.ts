import { createAdvisoryLocks } from '@headspace/lock';
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import pg from 'pg';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { retention } from './retention.ts';

interface Fixture extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly run: () => Promise<void>;
}

async function fixture(): Promise<Fixture> {
  const database: TestDatabase = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  pool.on('error', () => undefined);
  const locks = createAdvisoryLocks({ connectionString: database.url });
  const service = retention({
    context: { pool, locks, announce: () => undefined },
    times: { intervalMs: 1_000 },
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    settings: {
      'hooks.retentionDays': 14,
      'events.retentionDays': 3,
      'prompts.retentionDays': 30,
    },
    batchSize: 10,
  });
  return {
    pool,
    run: () => service.tick(),
    async [Symbol.asyncDispose]() {
      await service.stop();
      await locks[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function addHookEvents(pool: pg.Pool, status: string, daysAgo: number, count: number) {
  await pool.query(
    `insert into hook_events (event_id, event, session_id, host, queue_key, received_at, payload, status)
     select $1 || '-' || ($2::int)::text || '-' || n, 'Stop', 's', 'h', 'q', now() - make_interval(days => $2::int),
       '{}', $1 from generate_series(1, $3) n`,
    [status, daysAgo, count],
  );
}

async function addMessages(pool: pg.Pool, from: number, to: number, daysAgo: number) {
  await pool.query(
    `insert into stream (position, type, message, created_at)
     select n, 'test', '1', now() - make_interval(days => $3) from generate_series($1::int, $2::int) n`,
    [from, to, daysAgo],
  );
}

const positions = async (pool: pg.Pool): Promise<number[]> =>
  (await pool.query<{ position: string }>('select position from stream order by 1')).rows.map(
    ({ position }) => Number(position),
  );

describe('hook events', () => {
  test('that are done go after their time; what waits for a person stays', async () => {
    await using f = await fixture();
    for (const status of ['applied', 'recorded', 'parked', 'pending']) {
      await addHookEvents(f.pool, status, 15, 12);
      await addHookEvents(f.pool, status, 13, 1);
    }
    await f.run();
    const { rows } = await f.pool.query<{ status: string; n: number }>(
      'select status, count(*)::int as n from hook_events group by 1 order by 1',
    );
    expect(rows).toEqual([
      { status: 'applied', n: 1 },
      { status: 'parked', n: 13 },
      { status: 'pending', n: 13 },
      { status: 'recorded', n: 1 },
    ]);
  });
});

describe('stream messages', () => {
  test('go from the front, in more than one batch, without a hole', async () => {
    await using f = await fixture();
    await addMessages(f.pool, 1, 35, 4);
    await addMessages(f.pool, 36, 40, 1);
    await f.run();
    expect(await positions(f.pool)).toEqual([36, 37, 38, 39, 40]);
  });

  test('an old one between newer ones (a clock that went back) makes no hole', async () => {
    await using f = await fixture();
    await addMessages(f.pool, 1, 3, 4);
    await addMessages(f.pool, 4, 4, 1);
    await addMessages(f.pool, 5, 5, 4);
    await addMessages(f.pool, 6, 6, 1);
    await f.run();
    expect(await positions(f.pool)).toEqual([6]);
  });

  test('the newest stays, however old: it tells the next position', async () => {
    await using f = await fixture();
    await addMessages(f.pool, 1, 20, 400);
    await f.run();
    expect(await positions(f.pool)).toEqual([20]);
  });
});
