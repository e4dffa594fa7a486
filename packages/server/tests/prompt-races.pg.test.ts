/**
 * Prompts under concurrency: what two servers, a delivery and a crash at the worst moment do to a
 * queue. Every interleaving is forced by a lock that the test holds, none by waiting.
 */
import type { PromptView } from '@headspace/contract';
import { spawnServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPromptWorld, type PromptWorld } from './testing/prompt-world.ts';

let world: PromptWorld;
let path: string;

beforeEach(async () => {
  world = await openPromptWorld({ servers: 2 });
  path = `/api/agents/${world.agentId}/prompts`;
});
afterEach(async () => world[Symbol.asyncDispose]());

const give = async (text: string, key?: string, server = 0) =>
  world.api('POST', path, { text, ...(key === undefined ? {} : { key }) }, { server });

/** Database sessions that have a prompt half written: they wait for the outbox. */
async function writers(): Promise<number[]> {
  const { rows } = await world.pool.query<{ pid: number }>(
    `select w.pid from pg_locks w join pg_locks h using (pid)
     where not w.granted and w.relation = 'outbox'::regclass
       and h.granted and h.relation = 'prompts'::regclass and h.mode = 'RowExclusiveLock'`,
  );
  return rows.map(({ pid }) => pid);
}

async function waitersFor(table: string): Promise<number> {
  const { rowCount } = await world.pool.query(
    `select from pg_locks where not granted and relation = $1::regclass`,
    [table],
  );
  return rowCount ?? 0;
}

const soon = { everyMs: 5 };

/** Resolves once a request waits for the agent's lock: such a waiter shows interest, not a wait. */
async function interestShown(): Promise<void> {
  await waitUntil(
    async () => {
      const { body } = await world.api<{ locks: { waiting: number | null }[] }>(
        'GET',
        '/api/advisory-locks',
      );
      return body.locks.some(({ waiting }) => (waiting ?? 0) > 0) || (await interest()) > 0;
    },
    { everyMs: 5, what: 'somebody waiting for the agent' },
  );
}

async function interest(): Promise<number> {
  const { rows } = await world.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_locks where locktype = 'advisory' and granted
       and mode = 'ShareLock' and objid = $1
       and database = (select oid from pg_database where datname = current_database())`,
    [world.agentId],
  );
  return rows[0]?.n ?? 0;
}

describe('twenty at once, over two servers', () => {
  test('with one key are one prompt', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => give('hello', 'same', n % 2)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await world.prompts()).toHaveLength(1);
  });

  test('with a key each are all there, in one order', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => give(`n ${n}`, `k${n}`, n % 2)),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const prompts = await world.prompts();
    expect(prompts.map(({ place }) => place)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect((await world.agents())[0]?.prompts.queued).toBe(20);
  });

  test('one after the other keep their order, whichever server takes them', async () => {
    for (let n = 0; n < 10; n++) await give(`n ${n}`, undefined, n % 2);
    expect((await world.prompts()).map(({ text }) => text)).toEqual(
      Array.from({ length: 10 }, (_, n) => `n ${n}`),
    );
  });
});

describe('a delivery that claims a prompt under the lock', () => {
  const patch = { revision: 1, text: 'other words' };

  test.each([
    ['an edit', 'PATCH', patch],
    ['a cancel', 'DELETE', undefined],
  ] as const)('%s that came meanwhile is refused', async (_name, method, body) => {
    const prompt = (await give('words')).body;
    let late: ReturnType<PromptWorld['api']> | undefined;
    await world.claim(prompt, {
      inside: async () => {
        // The other server has seen the prompt queued and waits for the lock that we hold.
        late = world.api(method, `${path}/${prompt.id}`, body, { server: 1 });
        await interestShown();
      },
    });
    expect(await late).toMatchObject({ status: 409, body: { code: 'prompt_not_queued' } });
    expect(await world.prompts()).toMatchObject([{ state: 'delivering', text: 'words' }]);
  });

  test.each([
    ['an edit', 'PATCH', patch, { state: 'queued', text: 'other words', revision: 2 }],
    ['a cancel', 'DELETE', undefined, { state: 'cancelled' }],
  ] as const)('%s that was first holds', async (_name, method, body, expected) => {
    const prompt = (await give('words')).body;
    const at = `${path}/${prompt.id}`;
    expect((await world.api(method, at, body, { server: 1 })).status).toBe(200);
    expect((await world.api('GET', at)).body).toMatchObject(expected);
  });
});

describe('kill -9 of the server that took a prompt', () => {
  /** Holds the outbox, which a prompt's write needs, until released. */
  async function hold(sql: string): Promise<{ release(): Promise<void>; taken: Promise<unknown> }> {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query('begin');
    const taken = client.query(sql);
    return { taken, release: async () => taken.then(async () => client.end()) };
  }

  const send = async (server: { url: string; operatorToken: string }, key: string) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.operatorToken}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ text: 'do it' }),
    });

  test('after it was on disk and before the answer: the same key gives the same prompt', async () => {
    await using killed = await spawnServer({ database: { url: world.databaseUrl } });
    const outbox = await hold('lock table outbox in exclusive mode');
    await outbox.taken;
    const lost = send(killed, 'k').then(
      () => 'answered',
      () => 'no answer',
    );
    await waitUntil(async () => (await writers()).length > 0, soon);
    // Comes behind the write and before the read that follows it.
    const prompts = await hold('lock table prompts in access exclusive mode');
    await waitUntil(async () => (await waitersFor('prompts')) > 0, soon);
    await outbox.release();
    await prompts.taken;
    // The write is done; its server is at the look that comes before the answer.
    await waitUntil(async () => (await waitersFor('prompts')) > 0, soon);
    await killed.end('SIGKILL');
    await prompts.release();
    expect(await lost).toBe('no answer');
    const again = await give('do it', 'k', 1);
    expect(again.status).toBe(200);
    expect(await world.prompts()).toMatchObject([{ id: again.body.id, text: 'do it' }]);
  });

  test('before it was on disk: the same key makes it, once', async () => {
    await using killed = await spawnServer({ database: { url: world.databaseUrl } });
    const outbox = await hold('lock table outbox in exclusive mode');
    await outbox.taken;
    const lost = send(killed, 'k').then(
      () => 'answered',
      () => 'no answer',
    );
    const pids = await waitUntil(
      async () => ((await writers()).length > 0 ? writers() : undefined),
      soon,
    );
    await killed.end('SIGKILL');
    // What a killed process had asked for goes on in the database until somebody ends it.
    for (const pid of pids) {
      await world.pool.query('select pg_terminate_backend($1)', [pid]);
    }
    await outbox.release();
    expect(await lost).toBe('no answer');
    const again: { status: number; body: PromptView } = await give('do it', 'k', 1);
    expect(again.status).toBe(201);
    expect(await world.prompts()).toHaveLength(1);
  });
});
