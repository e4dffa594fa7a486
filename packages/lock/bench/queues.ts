/**
 * Work that has to run one after the other per key: under our lock, and in the job queues that offer
 * it. A queue keeps its jobs through a crash, which a lock does not: the price of that is shown here.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { createAdvisoryLocks, LockNamespace } from '../src/index.ts';
import { median } from './measure.ts';
import { atLeast, comparison, type Row } from './rows.ts';

const BODIES = 1_000;
const KEYS = 100;
const ROUNDS = 5;

/** Runs BODIES empty bodies, in order on each of KEYS keys. */
interface SerialWork extends AsyncDisposable {
  run(body: () => void): Promise<void>;
}

/** Bodies per second, from the first request to the end of the last body. */
export async function queueRows(url: string, peers: string): Promise<Row[]> {
  const loadPeer = createRequire(path.join(peers, 'package.json'));
  await using ours = locked(url);
  await using graphile = await graphileWorker(loadPeer, url);
  await using boss = await pgBoss(loadPeer, url);
  const kinds = [ours, graphile, boss];
  const rates: number[][] = kinds.map(() => []);
  for (let round = -1; round < ROUNDS; round++)
    for (const [n, kind] of kinds.entries()) {
      const perSecond = await bodiesPerSecond(kind);
      if (round >= 0) rates[n]?.push(perSecond);
    }
  const [mine = 0, worker = 1, bossRate = 1] = rates.map((values) => median(values));
  return [
    comparison('bodies/s, in order on 100 keys', mine, '/s'),
    comparison('  graphile-worker, a named queue per key (durable)', worker, '/s'),
    comparison('  pg-boss, key_strict_fifo (durable)', bossRate, '/s'),
    atLeast('  against graphile-worker', mine / worker, '×', 10),
    atLeast('  against pg-boss', mine / bossRate, '×', 10),
  ];
}

async function bodiesPerSecond(work: SerialWork): Promise<number> {
  const all = Promise.withResolvers<void>();
  let ran = 0;
  const startedAt = performance.now();
  const run = work.run(() => {
    if (++ran === BODIES) all.resolve();
  });
  await Promise.all([run, all.promise]);
  return (BODIES * 1_000) / (performance.now() - startedAt);
}

const numbers = Array.from({ length: BODIES }, (_, n) => n);

function locked(url: string): SerialWork {
  const locks = createAdvisoryLocks({ connectionString: url });
  const { AGENT } = LockNamespace;
  return {
    run: async (body) => {
      await Promise.all(numbers.map((n) => locks.advisoryLock(AGENT, n % KEYS, {}, body)));
    },
    [Symbol.asyncDispose]: () => locks.close(),
  };
}

interface GraphileModule {
  readonly Logger: new (factory: () => () => void) => unknown;
  run(options: object): Promise<{ stop(): Promise<void> }>;
  makeWorkerUtils(options: object): Promise<{
    addJobs(specs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
}

async function graphileWorker(loadPeer: NodeJS.Require, url: string): Promise<SerialWork> {
  const { run, makeWorkerUtils, Logger } = loadPeer('graphile-worker') as GraphileModule;
  let body = (): void => {};
  const logger = new Logger(() => () => {});
  const runner = await run({
    connectionString: url,
    concurrency: 25,
    maxPoolSize: 25,
    noHandleSignals: true,
    logger,
    taskList: { work: () => body() },
  });
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  const specs = numbers.map((n) => ({
    identifier: 'work',
    payload: {},
    queueName: `key ${n % KEYS}`,
  }));
  return {
    run: async (given) => {
      body = given;
      await utils.addJobs(specs);
    },
    [Symbol.asyncDispose]: async () => {
      await utils.release();
      await runner.stop();
    },
  };
}

interface Boss {
  on(event: 'error', listener: () => void): void;
  start(): Promise<unknown>;
  createQueue(name: string, options: object): Promise<void>;
  insert(name: string, jobs: readonly object[]): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: unknown[]) => Promise<void>): Promise<string>;
  stop(options: object): Promise<void>;
}

async function pgBoss(loadPeer: NodeJS.Require, url: string): Promise<SerialWork> {
  const { PgBoss } = loadPeer('pg-boss') as { PgBoss: new (options: object) => Boss };
  const boss = new PgBoss({ connectionString: url, max: 25 });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('work', { policy: 'key_strict_fifo' });
  let body = (): void => {};
  // A job of every key at a time, at once again while there are as many, and its shortest pause.
  const options = { batchSize: KEYS, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  await boss.work('work', options, (jobs) => {
    jobs.forEach(() => body());
    return Promise.resolve();
  });
  const jobs = numbers.map((n) => ({ singletonKey: `key ${n % KEYS}`, data: {} }));
  return {
    run: async (given) => {
      body = given;
      await boss.insert('work', jobs);
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}
