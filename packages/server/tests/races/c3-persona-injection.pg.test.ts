/**
 * C3: what is done once at the start of a session. A persona's text is claimed with the start,
 * committed before it goes out, and typed only where it certainly did not.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLine } from '@headspace/home';
import { LockNamespace } from '@headspace/lock';
import { createTestDatabase, installRaceSanitizer } from '@headspace/testkit';
import { spawnServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import type { HookWorld } from '../testing/hook-world.ts';
import {
  addLaunch,
  facts,
  openPersonaWorld,
  start,
  typed,
  writePersona,
} from '../testing/persona-world.ts';

const AGENT = LockNamespace.AGENT;
const patient = { timeoutMs: 30_000 };

interface Two extends AsyncDisposable {
  world: HookWorld;
  one: HookWorld['servers'][number];
  other: HookWorld['servers'][number];
  launch: string;
}

async function openTwo(
  settings: NonNullable<NonNullable<Parameters<typeof openPersonaWorld>[0]>['settings']> = {},
): Promise<Two> {
  const world = await openPersonaWorld({ servers: 2, settings });
  const [one, other] = world.servers;
  if (one === undefined || other === undefined) throw new Error('two servers are needed');
  await writePersona(one.paths.home, { 'skill.md': 's', '/guardrails.md': 'Never push.' });
  const launch = await addLaunch(world.pool, one.context.hostId);
  return { world, one, other, launch, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

test('C3: two SessionStart of one session at once, at two servers, are one injection', async () => {
  await using two = await openTwo();
  const { world, one, other, launch } = two;
  using stop = stopNextWrite(one);
  const first = start(one, { headers: { launch } });
  await stop.reached;
  const second = start(other, { headers: { launch } });
  await waitsOrDone(other, async () => (await facts(world.pool)).length > 0);
  stop.goOn();
  const answers = await Promise.all([first, second]);
  await world.settled();
  expect(answers.filter((text) => text !== null)).toHaveLength(1);
  expect(await facts(world.pool)).toMatchObject([{ context: 1, how: 'answer' }]);
  expect(await typed(world.pool)).toEqual([]);
});

test('C3: twenty SessionStart of one session over two servers are one injection', async () => {
  await using two = await openTwo();
  const { world, one, other, launch } = two;
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, n) =>
      start(n % 2 === 0 ? one : other, { headers: { launch } }),
    ),
  );
  await world.settled();
  // On a busy machine the one that claimed it may be out of time; then it is typed.
  const told = answers.filter((text) => text !== null).length;
  await waitUntil(async () => told + (await typed(world.pool)).length === 1, {
    ...patient,
    what: 'one injection',
  });
  expect(await facts(world.pool)).toHaveLength(1);
});

test('C3: an answer that is about to go out is not typed as well', async () => {
  await using two = await openTwo();
  const { world, one, other, launch } = two;
  // Claimed, and then the next write of this server is that of the delivery.
  await start(one, { headers: { spooled: '1' } });
  const claims = stopNextWrite(one);
  const answer = start(one, { headers: { launch }, source: 'startup' });
  await claims.reached;
  using delivery = stopNextWrite(one);
  claims.goOn();
  await delivery.reached;
  // The job that types what nobody has answered waits for the section that is about to answer.
  await waitUntil(
    () =>
      [one, other].some(({ context }) =>
        context.locks.localState().waiting.some(({ namespace }) => namespace === AGENT),
      ),
    { ...patient, what: 'the job waits for the agent' },
  );
  delivery.goOn();
  expect(await answer).toContain('Never push.');
  await waitUntil(
    async () =>
      (
        await world.pool.query(
          `select from graphile_worker.jobs where task_identifier like 'persona%'`,
        )
      ).rowCount === 0,
    { ...patient, what: 'the job has looked' },
  );
  expect(await facts(world.pool)).toMatchObject([{ how: 'answer', state: 'delivered' }]);
  expect(await typed(world.pool)).toEqual([]);
});

test('C3: a server killed between claim and answer: typed once by the next one', async () => {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), 'headspace-personas-'));
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  pool.on('error', () => undefined);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => database[Symbol.asyncDispose]());
  stack.defer(async () => rm(home, { recursive: true, force: true }));
  stack.defer(async () => pool.end());
  const first = await spawnServer({ database, home });
  stack.defer(async () => first[Symbol.asyncDispose]());
  await installRaceSanitizer(pool);
  await writePersona(home, { 'skill.md': 's', '/guardrails.md': 'Never push.' });
  const launch = await addLaunch(pool, readLine(first.paths.hostId) ?? '');
  // The delivery stops in its own transaction, before it is committed.
  await pool.query(`create function wait_at_delivery() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(4711, 1); return new; end $$`);
  await pool.query(`create trigger wait_at_delivery before update on persona_injections
    for each row when (new.state = 'delivered') execute function wait_at_delivery()`);
  const gate = await pool.connect();
  await gate.query('select pg_advisory_lock(4711, 1)');
  const eventId = 'start-of-s';
  const answer = start(first, { headers: { launch, eventId } }).catch(() => 'connection lost');
  await waitUntil(
    async () =>
      (await pool.query(`select from pg_locks where classid = 4711 and not granted`)).rowCount ===
      1,
    { ...patient, what: 'the delivery has begun' },
  );
  await first.end('SIGKILL');
  expect(await answer).toBe('connection lost');
  await gate.query('select pg_advisory_unlock(4711, 1)');
  gate.release();
  await pool.query('drop trigger wait_at_delivery on persona_injections');

  const next = await spawnServer({ database, home });
  stack.defer(async () => next[Symbol.asyncDispose]());
  // The hook script has kept the event, and the spool brings it again.
  expect(await start(next, { headers: { launch, eventId, spooled: '1' } })).toBeNull();
  await waitUntil(async () => (await typed(pool)).length > 0, { ...patient, what: 'it is typed' });
  await start(next, { headers: { launch, eventId, spooled: '1' } });
  await waitUntil(
    async () =>
      (await pool.query(`select from graphile_worker.jobs where task_identifier like 'persona%'`))
        .rowCount === 0,
    { ...patient, what: 'no job is left' },
  );
  expect(await typed(pool)).toHaveLength(1);
  expect(await facts(pool)).toMatchObject([{ how: 'typed', prompt: 'queued' }]);
});
