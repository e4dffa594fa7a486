/** Several server processes at the same files, and processes that die in the middle. */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '@headspace/testkit';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { expect, test } from 'vitest';
import { DEFAULT_MARKS } from '../../domain/context-use.ts';
import { systemClock } from '../../platform/clock.ts';
import type { AgentsContext } from '../agents/index.ts';
import { reconcileBatch } from './reconcile.ts';
import { asked, linesOf, loadTranscript, said } from './testing/lines.ts';
import { booksOf, openWorld, type World } from './testing/world.ts';

async function session(world: World, sessionId = 'one'): Promise<number> {
  await world.hook('SessionStart', sessionId, { source: 'startup', model: 'm' });
  return (await world.agentOf(sessionId)).id;
}

test('two servers read the same growing files at once', async () => {
  await using world = await openWorld();
  const second = await world.start();
  const lines = linesOf(loadTranscript('s19-misc-events.0027.jsonl')).map((text) => `${text}\n`);
  const alone = await session(world, 'alone');
  await world.replace('alone', lines.join(''));
  await world.look();
  const ids = [await session(world, 'a'), await session(world, 'b')];
  for (const text of lines) {
    await Promise.all(['a', 'b'].map((sessionId) => world.append(sessionId, text)));
    world.clock.time += 61_000;
    await Promise.all([world.glance(), world.glance(second)]);
  }
  await world.look();
  await world.look(second);
  const expected = await booksOf(world.pool, alone);
  for (const id of ids) expect(await booksOf(world.pool, id)).toEqual(expected);
});

test('who was slower writes nothing', async () => {
  await using world = await openWorld();
  const agentId = await session(world);
  await world.append('one', `${asked('go', 'p1', 1)}\n`);
  const context = world.servers[0]?.context;
  if (context === undefined) throw new Error('no server');
  const entered = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  // The same locks, but it comes to them late.
  const late = async (...args: unknown[]): Promise<unknown> => {
    entered.resolve();
    await goOn.promise;
    return await Reflect.apply(context.locks.advisoryLockOrSkip, context.locks, args);
  };
  const locks = new Proxy<AgentsContext['locks']>(context.locks, {
    get: (target, name): unknown =>
      name === 'advisoryLockOrSkip' ? late : Reflect.get(target, name),
  });
  const options = {
    context: { pool: context.pool, locks, announce: () => undefined },
    projectsFolder: path.join(world.claudeFolder, 'projects'),
    now: systemClock.now,
    log: context.logger,
    contextMarks: DEFAULT_MARKS,
  };
  const file = { agentId, path: world.pathOf('one'), subagent: null };
  const slow = reconcileBatch(options, file);
  await entered.promise;
  await world.append('one', `${said('done', 2)}\n`);
  await world.look();
  const books = await booksOf(world.pool, agentId);
  goOn.resolve();
  expect(await slow).toEqual({ kind: 'busy' });
  expect(await booksOf(world.pool, agentId)).toEqual(books);
});

test('an agent that somebody holds is come back to', async () => {
  await using world = await openWorld();
  const agentId = await session(world);
  await world.append('one', `${said('done', 1)}\n`);
  const locks = world.servers[0]?.context.locks;
  await locks?.advisoryLock(1, agentId, {}, async () => {
    await world.look();
    expect(await world.turns('one')).toEqual([]);
  });
  await world.look();
  expect((await world.turns('one')).map(({ text }) => text)).toEqual(['done']);
});

test('a write that fails leaves neither rows nor offset', async () => {
  await using world = await openWorld();
  const agentId = await session(world);
  await world.append('one', `${asked('go', 'p1', 1)}\n${said('done', 2)}\n`);
  await world.pool.query(
    `create function fail() returns trigger language plpgsql as
       $$ begin raise exception 'disk full'; end $$;
     create trigger fail before insert on transcript_files execute function fail()`,
  );
  await world.look();
  expect(await booksOf(world.pool, agentId)).toEqual({ turns: [], usage: [], files: [] });
  await world.pool.query('drop trigger fail on transcript_files');
  await world.look();
  expect((await world.turns('one')).map(({ text }) => text)).toEqual(['go', 'done']);
});

const ENTRIES = 40_000;
const FILLER = 'x'.repeat(700);

/** A transcript of some 40 MB. */
async function writeLong(file: string): Promise<void> {
  await using handle = await open(file, 'w');
  for (let at = 0; at < ENTRIES; at += 1_000) {
    const lines = Array.from(
      { length: 1_000 },
      (_, n) => `${said(`${at + n} ${FILLER}`, at + n)}\n`,
    );
    await handle.write(lines.join(''));
  }
}

test('kill -9 between reading and writing: every entry is there once', async () => {
  await using database = await createTestDatabase();
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-killed-'));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  let server: SpawnedServer | undefined;
  try {
    const claudeFolder = path.join(home, 'claude');
    const projects = path.join(claudeFolder, 'projects', 'acme');
    await mkdir(projects, { recursive: true });
    const file = path.join(projects, 'long.jsonl');
    await writeLong(file);
    const progress = async () => {
      const { rows } = await pool.query<{ offset: number; entries: number }>(
        `select read_offset::float8 as offset, (state -> 'counts' ->> 'entries')::int as entries
         from transcript_files`,
      );
      return rows[0] ?? { offset: 0, entries: 0 };
    };
    const start = () => spawnServer({ database, claudeFolder, home: path.join(home, 'server') });
    server = await start();
    const response = await fetch(`${server.url}/hook/session-start`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.hookToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        session_id: 'long',
        transcript_path: file,
        cwd: '/acme',
        source: 'startup',
        hook_event_name: 'SessionStart',
      }),
    });
    await response.arrayBuffer();
    for (let kills = 0, last = -1; kills < 3; kills += 1) {
      const before = last;
      last = await waitUntil(
        async () => {
          const { offset } = await progress();
          return offset > before && offset > 0 ? offset : false;
        },
        { everyMs: 2 },
      );
      await server.end('SIGKILL');
      server = await start();
    }
    await waitUntil(async () => (await progress()).entries === ENTRIES, { timeoutMs: 60_000 });
    const { rows } = await pool.query(
      `select count(*)::int as turns, count(distinct entry_id)::int as entries,
         (select sum(output_tokens)::int from transcript_usage) as tokens from turns`,
    );
    expect(rows).toEqual([{ turns: ENTRIES, entries: ENTRIES, tokens: 5 * ENTRIES }]);
  } finally {
    await server?.end('SIGKILL');
    await pool.end();
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);
