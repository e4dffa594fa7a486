/** kill -9 of servers: of one that waits for a deferred stop, and of one in the middle of a job. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdvisoryLocks, LockNamespace } from '@headspace/lock';
import { createTestDatabase } from '@headspace/testkit';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { expect, test } from 'vitest';
import { post } from './testing/hook-world.ts';
import { type Session, startSession } from './testing/transcript.ts';

interface Crash extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly url: string;
  /** The session talks to the newest server. */
  session(): Promise<Session>;
  start(): Promise<SpawnedServer>;
}

async function open(): Promise<Crash> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const home = await mkdtemp(join(tmpdir(), 'headspace-jobs-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const claudeFolder = join(home, 'claude');
  let server: SpawnedServer | undefined;
  const owned = stack.move();
  return {
    pool,
    url: database.url,
    async start() {
      server = owned.use(await spawnServer({ database, home, claudeFolder }));
      return server;
    },
    session: () =>
      startSession(
        {
          claudeFolder,
          async send(hook) {
            if (server === undefined) throw new Error('no server');
            const answer = await post(server, hook);
            await answer.arrayBuffer();
            expect(answer.ok).toBe(true);
          },
        },
        's',
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function stopped(crash: Crash): Promise<Session> {
  const session = await crash.session();
  await session.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  await session.asks('go', 'p1');
  await session.hook('Stop', { prompt_id: 'p1' });
  await waitUntil(async () => (await output(crash)) === 'pending');
  return session;
}

async function output({ pool }: Crash): Promise<string | null | undefined> {
  const { rows } = await pool.query<{ output: string | null }>('select output from commands');
  return rows[0]?.output;
}

test('a server that is killed while it waits leaves the wait to the next one', async () => {
  await using crash = await open();
  const first = await crash.start();
  const session = await stopped(crash);
  await first.end('SIGKILL');
  await session.says('written while nobody looked');
  await crash.start();
  await waitUntil(async () => (await output(crash)) === 'known');
  const { rows } = await crash.pool.query(
    `select body, command_id is not null as linked from turns where kind = 'message'`,
  );
  expect(rows).toEqual([{ body: 'written while nobody looked', linked: true }]);
});

test('a job whose server is killed runs again within 10 s', async () => {
  await using crash = await open();
  const first = await crash.start();
  const session = await stopped(crash);
  // Whoever holds the agent's lock keeps the job in the middle of its run.
  await using locks = createAdvisoryLocks({
    connectionString: crash.url,
    fenceSequence: 'headspace_fence',
  });
  const { rows: agents } = await crash.pool.query<{ id: number }>('select id from agents');
  await session.says('here');
  await waitUntil(async () => {
    const { rows } = await crash.pool.query(`select from turns where kind = 'message'`);
    return rows.length === 1;
  });
  const lock = await locks.acquire(LockNamespace.AGENT, agents[0]?.id ?? 0);
  await waitUntil(async () => {
    const { rows } = await crash.pool.query(
      `select from graphile_worker.jobs where locked_by is not null`,
    );
    return rows.length === 1;
  });
  await crash.start();
  const from = performance.now();
  await first.end('SIGKILL');
  await lock.release();
  await waitUntil(async () => (await output(crash)) === 'known', { timeoutMs: 10_000 });
  const seconds = (performance.now() - from) / 1_000;
  process.stdout.write(`jobs: ran again ${seconds.toFixed(1)} s after the kill\n`);
  expect(seconds).toBeLessThan(10);
});

test('a server stops within 10 s although a job and a hook wait for a lock that is not given', async () => {
  await using crash = await open();
  const server = await crash.start();
  const session = await stopped(crash);
  await using locks = createAdvisoryLocks({
    connectionString: crash.url,
    fenceSequence: 'headspace_fence',
  });
  const { rows: agents } = await crash.pool.query<{ id: number }>('select id from agents');
  await using lock = await locks.acquire(LockNamespace.AGENT, agents[0]?.id ?? 0);
  await session.hook('SessionEnd', { reason: 'other' });
  const from = performance.now();
  expect(await server.end('SIGTERM')).toBe(0);
  expect(performance.now() - from).toBeLessThan(10_000);
  lock.assertHeld();
});
