import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import {
  connect,
  eventsFixture,
  messages,
  put,
  silent,
  stream,
  waitUntilBlocked,
} from './testing.ts';
import { Sequencer } from './sequencer.ts';

function sequencer(pool: ConstructorParameters<typeof Sequencer>[0]['pool']): Sequencer {
  return new Sequencer({ pool, logger: silent, onMoved: () => undefined, gapMs: 0 });
}

describe('positions', () => {
  test('follow the order of commits, without a gap, where ids were given out otherwise', async () => {
    await using fixture = await eventsFixture();
    const { pool, database } = fixture;
    await using early = await connect(database.url);
    await using late = await connect(database.url);
    const one = sequencer(pool);
    await early.query('begin');
    await put(early, 'id 1, commits last');
    await late.query('begin');
    await put(late, 'id 2, commits first');
    await late.query('commit');
    expect(await one.sequence()).toBe(1);
    await early.query('commit');
    expect(await one.sequence()).toBe(1);
    expect(await stream(pool)).toEqual([
      { position: 1, message: 'id 2, commits first' },
      { position: 2, message: 'id 1, commits last' },
    ]);
  });

  test('leave no gap for a transaction that was rolled back', async () => {
    await using fixture = await eventsFixture();
    await using client = await connect(fixture.database.url);
    const one = sequencer(fixture.pool);
    await client.query('begin');
    await put(client, 'never');
    await client.query('rollback');
    await put(fixture.pool, 'only');
    await one.sequence();
    expect(await stream(fixture.pool)).toEqual([{ position: 1, message: 'only' }]);
  });

  test('are given by one sequencer at a time: a second one waits and goes on after it', async () => {
    await using fixture = await eventsFixture();
    const { pool, database } = fixture;
    await using holder = await connect(database.url);
    await holder.query('begin');
    await holder.query('select from stream_head for update');
    await put(pool, 'a');
    const waiting = sequencer(pool).sequence();
    await waitUntilBlocked(pool);
    // What the holder does before its commit must count for the one that waits.
    await holder.query(
      `insert into stream (position, type, message) values (1, 'test', '"first"')`,
    );
    await holder.query('commit');
    await waiting;
    expect(await messages(pool)).toEqual(['first', 'a']);
  });

  test('stay without gap or double with eight sequencers and forty writers at once', async () => {
    await using fixture = await eventsFixture();
    const all = Array.from({ length: 8 }, () => fixture.process({ sequenceGapMs: 0 }));
    const writers = Array.from({ length: 40 }, async (_, writer) => {
      for (let n = 0; n < 10; n++) {
        await put(fixture.pool, `${writer}/${n}`);
        all[(writer + n) % all.length]?.nudge();
      }
    });
    await Promise.all(writers);
    await waitUntil(async () => (await messages(fixture.pool)).length >= 400, {
      what: 'everything is in the stream',
    });
    const rows = await stream(fixture.pool);
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    expect(new Set(rows.map(({ message }) => message)).size).toBe(400);
    for (let writer = 0; writer < 40; writer++) {
      const own = rows.filter(({ message }) => message.startsWith(`${writer}/`));
      expect(own.map(({ message }) => message)).toEqual(own.map((_, n) => `${writer}/${n}`));
    }
  });
});

describe('nothing holds the stream back', () => {
  test('a transaction that stays open elsewhere in the cluster', async () => {
    await using fixture = await eventsFixture();
    await using other = await connect(fixture.database.url);
    await other.query('begin isolation level repeatable read');
    // A transaction id, and a snapshot that is older than all that follows.
    await other.query('create table elsewhere (n int)');
    const one = sequencer(fixture.pool);
    await put(fixture.pool, 'a');
    await one.tick();
    await one.tick();
    await put(fixture.pool, 'b');
    await one.sequence();
    expect(await messages(fixture.pool)).toEqual(['a', 'b']);
  });

  test('a writer that does not commit', async () => {
    await using fixture = await eventsFixture();
    await using open = await connect(fixture.database.url);
    await open.query('begin');
    await put(open, 'open');
    const one = sequencer(fixture.pool);
    for (const message of ['a', 'b', 'c']) {
      await put(fixture.pool, message);
      await one.tick();
    }
    expect(await messages(fixture.pool)).toEqual(['a', 'b', 'c']);
  });
});

describe('nothing is forgotten', () => {
  test('what a process committed before it died is found by the tick of another', async () => {
    await using fixture = await eventsFixture();
    const survivor = sequencer(fixture.pool);
    await survivor.tick();
    await survivor.tick();
    // The process is killed between its commit and the nudge.
    await put(fixture.pool, 'left behind');
    await survivor.tick();
    expect(await messages(fixture.pool)).toEqual(['left behind']);
  });

  test('a writer with a small id that commits after many ticks, before later work of its agent', async () => {
    await using fixture = await eventsFixture();
    const { pool, database } = fixture;
    await using slow = await connect(database.url);
    const one = sequencer(pool);
    await slow.query('begin');
    await put(slow, 'slow');
    for (let n = 0; n < 5; n++) {
      await put(pool, `quick ${n}`);
      await one.tick();
    }
    await slow.query('commit');
    // The next section of the same agent begins after the slow one has committed.
    await put(pool, 'after slow');
    await one.sequence();
    expect((await messages(pool)).slice(-2)).toEqual(['slow', 'after slow']);
  });

  test('a database that was restored to an earlier state', async () => {
    await using fixture = await eventsFixture();
    const { pool } = fixture;
    const one = sequencer(pool);
    for (let n = 0; n < 5; n++) await put(pool, `before ${n}`);
    for (let n = 0; n < 3; n++) await one.tick();
    await pool.query('truncate stream, outbox restart identity');
    await put(pool, 'after');
    await one.tick();
    expect(await stream(pool)).toEqual([{ position: 1, message: 'after' }]);
  });

  test('more than one run can move', async () => {
    await using fixture = await eventsFixture();
    await fixture.pool.query(
      `insert into outbox (type, message) select 'test', '"' || n || '"' from generate_series(1, 2500) n`,
    );
    expect(await sequencer(fixture.pool).sequence()).toBe(2500);
    const rows = await stream(fixture.pool);
    expect(rows.every(({ position, message }) => String(position) === message)).toBe(true);
  });
});

test('dead rows that a long transaction keeps alive are not stepped over again and again', async () => {
  await using fixture = await eventsFixture();
  await using old = await connect(fixture.database.url);
  await old.query('begin isolation level repeatable read');
  await old.query('select 1');
  // One connection, so that its own statistics are complete when it is told to publish them.
  const pool = new pg.Pool({ connectionString: fixture.database.url, max: 1 });
  pool.on('error', () => undefined);
  const one = sequencer(pool);
  const indexPages = async (): Promise<number> => {
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ n: string }>(
      `select idx_blks_hit + idx_blks_read as n
       from pg_statio_user_indexes where relname = 'outbox'`,
    );
    return Number(rows[0]?.n);
  };
  await pool.query(
    `insert into outbox (type, message) select 'test', '1' from generate_series(1, 20000)`,
  );
  await one.sequence();
  await one.tick();
  await one.tick();
  await put(pool, 'x');
  const before = await indexPages();
  await one.sequence();
  // Twenty thousand dead entries fill more than fifty pages.
  expect((await indexPages()) - before).toBeLessThan(20);
  expect(await messages(pool)).toContain('x');
  await pool.end();
});

test('many nudges lead to few runs, and the last one is not lost', async () => {
  await using fixture = await eventsFixture();
  let runs = 0;
  const one = new Sequencer({
    pool: fixture.pool,
    logger: silent,
    onMoved: () => (runs += 1),
    gapMs: 10,
  });
  for (let n = 0; n < 200; n++) {
    await put(fixture.pool, String(n));
    one.nudge();
  }
  await waitUntil(async () => (await messages(fixture.pool)).length === 200, {
    what: 'all are in the stream',
  });
  expect(runs).toBeLessThan(150);
  await one.close();
});
