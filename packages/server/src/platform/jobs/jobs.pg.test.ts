/** The port of durable jobs on a real database: runs, repeats, failures, stops, and lost workers. */
import { createAdvisoryLocks, type AdvisoryLocks } from '@headspace/lock';
import { createTestDatabase } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineJob, freeAbsentWorkers, type Job, jobCounts, runJobs } from './index.ts';

interface Fixture extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly locks: AdvisoryLocks;
  readonly outcomes: string[];
  add(name: string, payload: object, key?: string): Promise<void>;
  /** Runs these jobs until `stop`, which gives how long the end took, in ms. */
  work(jobs: Job[]): { stop(): Promise<number> };
}

async function fixture(): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const locks = stack.use(createAdvisoryLocks({ connectionString: database.url }));
  const outcomes: string[] = [];
  const running: (() => Promise<number>)[] = [];
  stack.defer(async () => {
    for (const stop of running) await stop();
  });
  const owned = stack.move();
  return {
    pool,
    locks,
    outcomes,
    async add(name, payload, key) {
      await pool.query('select graphile_worker.add_job($1, $2::json, job_key := $3)', [
        name,
        JSON.stringify(payload),
        key ?? null,
      ]);
    },
    work(jobs) {
      const controller = new AbortController();
      const work = runJobs(
        {
          connectionString: database.url,
          locks,
          jobs,
          logger: pino({ level: 'silent' }),
          concurrency: 2,
          pollMs: 50,
          onRun: (job, outcome) => outcomes.push(`${job} ${outcome}`),
        },
        controller.signal,
      );
      const stop = async (): Promise<number> => {
        const from = performance.now();
        controller.abort();
        await work;
        return performance.now() - from;
      };
      running.push(stop);
      return { stop };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const numbered = z.object({ n: z.number() });

test('runs a job once, with its payload, and it is gone', async () => {
  await using f = await fixture();
  const seen: number[] = [];
  const job = defineJob({
    name: 'count',
    schema: numbered,
    run: ({ n }) => {
      seen.push(n);
      return Promise.resolve(undefined);
    },
  });
  await f.add('count', { n: 1 });
  f.work([job]);
  // Added while the worker rests.
  await waitUntil(() => seen.length === 1);
  await f.add('count', { n: 2 });
  await waitUntil(async () => (await jobCounts(f.pool)).length === 0);
  expect(seen).toEqual([1, 2]);
  expect(f.outcomes).toEqual(['count done', 'count done']);
});

test('a job that is not done yet runs again, under its key and with its own payload', async () => {
  await using f = await fixture();
  const seen: number[] = [];
  const job = defineJob({
    name: 'wait',
    schema: numbered,
    run: ({ n }, { attempt }) => {
      seen.push(n);
      expect(attempt).toBe(1);
      const again = { afterMs: 10, payload: { n: n + 1 } };
      return Promise.resolve(n < 3 ? { again } : undefined);
    },
  });
  await f.add('wait', { n: 1 }, 'the key');
  f.work([job]);
  await waitUntil(() => f.outcomes.includes('wait done'));
  expect(seen).toEqual([1, 2, 3]);
  await waitUntil(
    async () => (await f.pool.query('select from graphile_worker.jobs')).rowCount === 0,
  );
});

test('what is added anew while it runs is not replaced by its own repetition', async () => {
  await using f = await fixture();
  const seen: number[] = [];
  const entered = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const job = defineJob({
    name: 'wait',
    schema: numbered,
    run: async ({ n }) => {
      seen.push(n);
      if (n !== 1) return undefined;
      entered.resolve();
      await goOn.promise;
      return { again: { afterMs: 0, payload: { n: 99 } } };
    },
  });
  await f.add('wait', { n: 1 }, 'the key');
  f.work([job]);
  await entered.promise;
  await f.add('wait', { n: 2 }, 'the key');
  goOn.resolve();
  await waitUntil(
    async () => (await f.pool.query('select from graphile_worker.jobs')).rowCount === 0,
  );
  expect(seen).toEqual([1, 2]);
});

test('a payload that does not fit, and a job that throws, are counted and tried again', async () => {
  await using f = await fixture();
  const job = defineJob({
    name: 'strict',
    schema: numbered,
    run: () => Promise.reject(new Error('not today')),
  });
  await f.add('strict', { n: 'one' });
  await f.add('strict', { n: 1 });
  f.work([job]);
  await waitUntil(async () => (await jobCounts(f.pool))[0]?.scheduled === 2);
  expect(f.outcomes).toEqual(['strict failed', 'strict failed']);
  await f.pool.query(
    `select graphile_worker.permanently_fail_jobs(array(select id from graphile_worker.jobs))`,
  );
  expect(await jobCounts(f.pool)).toMatchObject([{ job: 'strict', queued: 0, failed: 2 }]);
});

test('one that hangs is given up at its timeout, and its worker goes on', async () => {
  await using f = await fixture();
  let aborted = false;
  const hang = defineJob({
    name: 'hang',
    schema: numbered,
    timeoutMs: 50,
    run: (_, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise<undefined>(() => undefined);
    },
  });
  await f.add('hang', { n: 1 });
  f.work([hang]);
  await waitUntil(() => f.outcomes.includes('hang failed'));
  expect(aborted).toBe(true);
});

test('stops within seconds although a job does not heed its signal; another worker runs it', async () => {
  await using f = await fixture();
  const entered = Promise.withResolvers<void>();
  const hang = defineJob({
    name: 'stubborn',
    schema: numbered,
    run: () => {
      entered.resolve();
      return new Promise<undefined>(() => undefined);
    },
  });
  await f.add('stubborn', { n: 1 });
  const { stop } = f.work([hang]);
  await entered.promise;
  expect(await stop()).toBeLessThan(8_000);
  expect(await freeAbsentWorkers(f)).toHaveLength(1);
  const done = defineJob({
    name: 'stubborn',
    schema: numbered,
    run: () => Promise.resolve(undefined),
  });
  f.work([done]);
  await waitUntil(() => f.outcomes.includes('stubborn done'));
});

test('the jobs of a worker that is there are left to it', async () => {
  await using f = await fixture();
  const entered = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<undefined>();
  const slow = defineJob({
    name: 'slow',
    schema: numbered,
    run: () => {
      entered.resolve();
      return goOn.promise;
    },
  });
  await f.add('slow', { n: 1 });
  f.work([slow]);
  await entered.promise;
  expect(await freeAbsentWorkers(f)).toEqual([]);
  goOn.resolve(undefined);
  await waitUntil(() => f.outcomes.length > 0);
  expect(f.outcomes).toEqual(['slow done']);
});

test('a worker whose presence is lost is told, and takes it anew before its next job', async () => {
  await using f = await fixture();
  const signals: AbortSignal[] = [];
  const entered = Promise.withResolvers<void>();
  const job = defineJob({
    name: 'told',
    schema: numbered,
    run: async ({ n }, { signal }) => {
      signals.push(signal);
      if (n !== 1) return undefined;
      entered.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('gave way');
    },
  });
  await f.add('told', { n: 1 });
  f.work([job]);
  await entered.promise;
  await f.pool.query(
    `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
     where d.datname = current_database() and l.locktype = 'advisory' and l.granted`,
  );
  await waitUntil(() => f.outcomes.includes('told failed'));
  await f.add('told', { n: 2 });
  await waitUntil(() => f.outcomes.includes('told done'));
  expect(signals[1]?.aborted).toBe(false);
});
