/** From what a section leaves behind to rows that are to be summarised. */
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeRequests } from './take-requests.ts';
import { openSummaryWorld, type SummaryWorld, testContext } from './testing/summary-world.ts';

const LONG = 'Please look at the login test, which fails now and then on the slow machine';

let world: SummaryWorld;

beforeEach(async () => {
  world = await openSummaryWorld({ 'summaries.paused': true });
});
afterEach(async () => world[Symbol.asyncDispose]());

const take = (pool = world.pool) =>
  takeRequests(
    { context: testContext(pool, world.settings), poke: () => undefined },
    new AbortController().signal,
  );
const requests = async () => (await world.pool.query('select from summary_requests')).rowCount;

test('a section asks with what it writes; once taken, the request is gone', async () => {
  await world.say(['user', LONG]);
  await world.say(['agent', LONG]);
  expect(await requests()).toBe(2);
  await take();
  expect(await requests()).toBe(0);
  expect((await world.rows()).map(({ kind, state }) => [kind, state])).toEqual([
    ['turn', 'queued'],
    ['turn', 'queued'],
  ]);
});

test('what two processes take at once is asked for once', async () => {
  await world.say(...Array.from({ length: 450 }, (_, n) => ['agent', `${LONG} ${n}`] as const));
  await Promise.all([take(), take(), take()]);
  expect(await requests()).toBe(0);
  expect(await world.rows()).toHaveLength(450);
});

test('a request whose agent could not be looked at stays', async () => {
  await world.say(['user', LONG]);
  await world.pool.query('alter table summaries rename to away');
  await take();
  expect(await requests()).toBe(1);
  await world.pool.query('alter table away rename to summaries');
  await take();
  expect(await requests()).toBe(0);
  expect(await world.rows()).toHaveLength(1);
});

test('a pool of one connection is enough', async () => {
  await world.say(['user', LONG]);
  const pool = new pg.Pool({ connectionString: world.databaseUrl, max: 1 });
  try {
    await take(pool);
  } finally {
    await pool.end();
  }
  expect(await requests()).toBe(0);
});

test('what was said long ago is not asked for', async () => {
  world.settings['summaries.maxAgeHours'] = 0.5;
  await world.say(['user', LONG]);
  await take();
  expect(await requests()).toBe(0);
  expect(await world.rows()).toEqual([]);
});
