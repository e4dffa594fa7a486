/**
 * The workers of one server process, by graphile-worker. They share two connections of their own:
 * one listens for new jobs, one takes and completes them. What a job itself asks the database goes
 * through the pool of its feature.
 */
import { EventEmitter, once } from 'node:events';
import type { AdvisoryLocks } from '@headspace/lock';
import { runTaskList, type JobHelpers, type TaskList, type WorkerPool } from 'graphile-worker';
import type { Pool } from 'pg';
import { anySignal } from '../any-signal.ts';
import type { Logger } from '../log.ts';
import { createPool } from '../database/pool.ts';
import { JOB_CONNECTIONS } from '../database/capacity.ts';
import { within } from '../within.ts';
import type { Job } from './job.ts';
import { Presence } from './presence.ts';
import { workerLog } from './worker-log.ts';

export interface JobRunnerOptions {
  readonly connectionString: string;
  readonly locks: AdvisoryLocks;
  readonly jobs: readonly Job[];
  readonly logger: Logger;
  /** Jobs at one time in this process. */
  readonly concurrency: number;
  /** How often an idle worker looks for what has become due. New jobs are told at once. */
  readonly pollMs: number;
  /** Called after each run. */
  readonly onRun?: (job: string, outcome: 'done' | 'again' | 'failed') => void;
  /** Called whenever the database was asked for jobs. */
  readonly onAlive?: () => void;
}

/** Running jobs get this long at a stop; then they are left to others. */
const STOP_MS = 3_000;
const LEAVE_MS = 2_000;

/**
 * Works until `signal` fires; then ends within 5 s, whatever the jobs do. Throws when it cannot go
 * on, mostly because the database is away: call it again later.
 */
export async function runJobs(options: JobRunnerOptions, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const pool = workerPool(options);
  const workerId = Promise.withResolvers<string>();
  const presence = workerId.promise.then((id) => new Presence(options.locks, id));
  const events = new EventEmitter();
  events.on('worker:getJob:empty', () => options.onAlive?.());
  events.on('job:complete', () => options.onAlive?.());
  const workers = runTaskList(
    {
      events,
      concurrency: options.concurrency,
      pollInterval: options.pollMs,
      logger: workerLog(options.logger),
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: 0,
      // Asked for before each look for a job: nobody takes one without being known to be there.
      forbiddenFlags: async () => {
        await (await presence).ensure();
        return null;
      },
    },
    taskList(options, presence),
    pool,
  );
  workerId.resolve(workers.id);
  const stopped = once(signal, 'abort').then(() => 'stopped' as const);
  const broken = ended(workers);
  try {
    const first = await Promise.race([stopped, broken]);
    if (first !== 'stopped') throw first;
  } finally {
    await leave(workers, options.logger);
    await (await presence)[Symbol.asyncDispose]();
    await within(LEAVE_MS, pool.end());
  }
}

function workerPool({ connectionString, logger }: JobRunnerOptions): Pool {
  const pool = createPool({
    connectionString,
    purpose: 'jobs',
    poolSize: JOB_CONNECTIONS,
    maxOverflow: 0,
    onConnectionLost: (error) => logger.debug({ err: error }, 'connection of the jobs lost'),
  });
  // A connection that dies while it listens ends the process without a listener.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function taskList(options: JobRunnerOptions, presence: Promise<Presence>): TaskList {
  return Object.fromEntries(
    options.jobs.map((job) => [
      job.name,
      async (payload: unknown, helpers: JobHelpers) => {
        const { lost } = await presence;
        await runOne(options, job, payload, helpers, lost);
      },
    ]),
  );
}

async function runOne(
  { logger, onRun }: JobRunnerOptions,
  job: Job,
  payload: unknown,
  helpers: JobHelpers,
  lost: AbortSignal | null,
): Promise<void> {
  const timeout = AbortSignal.timeout(job.timeoutMs);
  const signals = [helpers.abortSignal, timeout, ...(lost === null ? [] : [lost])];
  const signal = anySignal(signals);
  const log = logger.child({ job: job.name, jobId: helpers.job.id });
  try {
    const work = job.run(payload, { signal, attempt: helpers.job.attempts, log });
    const result = await unlessAborted(work, timeout);
    if (result !== undefined) await runAgain(job, result.again, helpers);
    onRun?.(job.name, result === undefined ? 'done' : 'again');
  } catch (error) {
    onRun?.(job.name, 'failed');
    log.warn({ err: error, attempt: helpers.job.attempts }, 'job failed; it is tried again');
    throw error;
  }
}

/**
 * The same key: this one loses it, and its successor waits. Where somebody has added the job anew
 * meanwhile, that one stays; it has no key any more to give.
 */
async function runAgain(
  job: Job,
  { afterMs, payload }: { afterMs: number; payload: unknown },
  helpers: JobHelpers,
): Promise<void> {
  await helpers.query(
    `select graphile_worker.add_job($1, $2::json, run_at := now() + make_interval(secs => $3),
       job_key := key) from graphile_worker.jobs where id = $4 and key is not null`,
    [job.name, JSON.stringify(payload), afterMs / 1_000, helpers.job.id],
  );
}

/** A job that does not heed its signal is given up: its worker goes on with the next one. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}

/** Resolves, with the reason, when the workers have ended by themselves. */
async function ended(workers: WorkerPool): Promise<Error> {
  try {
    await workers.promise;
    return new Error('the job workers ended by themselves');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What still runs after its time stays locked, and is given to others as an absent worker's. */
async function leave(workers: WorkerPool, logger: Logger): Promise<void> {
  const graceful = Promise.resolve(workers.gracefulShutdown()).catch(() => undefined);
  if (await within(STOP_MS, graceful)) return;
  logger.warn('jobs did not end in time; another process or the next start runs them again');
}
