import { createAdvisoryLocks, LockNamespace } from '@headspace/lock';
import { AdvisoryLockView, AgentView } from '@headspace/contract';
import { createTestDatabase, rawRequest } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const LockList = z.object({ locks: z.array(AdvisoryLockView), count: z.number() });

async function get(server: TestServer, path: string): Promise<{ status: number; body: string }> {
  const headers = { authorization: `Bearer ${server.operatorToken}` };
  return await rawRequest(server.url, { path, headers });
}

async function list(server: TestServer): Promise<AdvisoryLockView[]> {
  const { status, body } = await get(server, '/api/advisory-locks');
  expect(status).toBe(200);
  const { locks, count } = LockList.parse(JSON.parse(body));
  expect(count).toBe(locks.length);
  return locks;
}

/** Holds a lock for as long as the callback runs. */
async function holding<T>(
  { context }: TestServer,
  namespace: number,
  id: number,
  purpose: string,
  body: () => Promise<T>,
): Promise<T> {
  return await context.locks.advisoryLock(namespace, id, { purpose }, body);
}

const AGENT = LockNamespace.AGENT;

/** An agent as it comes into being: by a session's first hook. */
async function makeAgent(server: TestServer): Promise<{ id: number; name: string }> {
  const answer = await rawRequest(server.url, {
    method: 'POST',
    path: '/hook/session-start',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ session_id: 's', cwd: '/home/dev/shop', source: 'startup' }),
  });
  expect(answer.status).toBe(204);
  await server.context.hooks.settled();
  const { body } = await get(server, '/api/agents');
  const { agents } = z.object({ agents: z.array(AgentView) }).parse(JSON.parse(body));
  const [agent] = agents;
  if (agent === undefined) throw new Error('the hook made no agent');
  return agent;
}

describe('GET /api/advisory-locks', () => {
  test('shows a lock of this process with purpose, agent, duration and waiters', async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ database });
    const agent = await makeAgent(one);
    const { locks } = one.context;
    const held = await locks.acquire(AGENT, agent.id, { purpose: 'hook Stop' });
    const waiter = new AbortController();
    const waiting = locks.acquire(AGENT, agent.id, { signal: waiter.signal, purpose: 'dismiss' });
    waiting.catch(() => undefined);
    const [lock] = await list(one);
    expect(lock).toMatchObject({
      namespace: 1,
      entityId: agent.id,
      purpose: 'hook Stop',
      agentName: agent.name,
      waiting: 1,
      granted: true,
      mode: 'ExclusiveLock',
    });
    expect(lock?.applicationName).toMatch(/^headspace:.*:lock$/);
    expect(lock?.durationSeconds).toBeGreaterThanOrEqual(0);
    expect(lock?.durationSeconds).toBeLessThan(10);
    waiter.abort();
    await held.release();
    expect(await list(one)).toEqual([]);
  });

  test('shows what another process says of its lock, and who waits elsewhere', async () => {
    await using database = await createTestDatabase();
    await using holder = await startTestServer({ database });
    await using viewer = await startTestServer({ database });
    await holding(holder, AGENT, 7, 'handoff', async () => {
      const stop = new AbortController();
      const options = { signal: stop.signal, purpose: 'hook Stop' };
      const waiting = viewer.context.locks.acquire(AGENT, 7, options);
      waiting.catch(() => undefined);
      // The holder's loop publishes it within a second or so.
      const lock = await waitUntil(async () =>
        (await list(viewer)).find(({ purpose }) => purpose === 'handoff'),
      );
      expect(lock).toMatchObject({ entityId: 7, waiting: 1, agentName: null });
      expect(lock.durationSeconds).toBeGreaterThan(0);
      // And the holder hears of the one who waits in the other process.
      await waitUntil(async () => (await list(holder))[0]?.waiting === 1);
      stop.abort();
    });
    await waitUntil(async () => {
      const { rows } = await viewer.context.pool.query('select from lock_reports');
      return rows.length === 0;
    });
  });

  test('shows negative and extreme entity ids as they were given', async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ database });
    for (const id of [-1, -2_147_483_648, 2_147_483_647, 0]) {
      await holding(one, 9, id, 'edge', async () => {
        expect(await list(one)).toMatchObject([{ namespace: 9, entityId: id, purpose: 'edge' }]);
      });
    }
  });

  test('shows locks of strangers, with null for what they do not say', async () => {
    await using database = await createTestDatabase();
    await using elsewhere = await createTestDatabase();
    await using one = await startTestServer({ database });
    const { pool } = one.context;
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock(5, 6), pg_advisory_lock(123456789012)');
      await using other = createAdvisoryLocks({ connectionString: elsewhere.url });
      await using _otherDatabase = await other.acquire(AGENT, 1);
      expect(await list(one)).toEqual([
        expect.objectContaining({
          namespace: 5,
          entityId: 6,
          purpose: null,
          durationSeconds: null,
          waiting: null,
          agentName: null,
        }),
      ]);
    } finally {
      client.release(true);
    }
  });

  test('does not believe a process that has fallen silent', async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ database });
    await holding(one, 3, 4, 'mine', async () => {
      const [mine] = await list(one);
      await one.context.pool.query(
        `insert into lock_reports (process, backend_pid, namespace, entity_id, purpose, held_since,
           waiting, reported_at)
         values ('dead', $1, 3, 4, 'stale', now(), 5, now() - interval '6 seconds'),
           ('long dead', 1, 3, 4, 'stale', now(), 5, now() - interval '2 minutes')`,
        [mine?.pid],
      );
      expect(await list(one)).toMatchObject([{ purpose: 'mine', waiting: 0 }]);
      // Rows of processes that are surely gone are removed by whoever publishes next.
      await waitUntil(async () => {
        const { rows } = await one.context.pool.query(
          `select from lock_reports where process = 'long dead'`,
        );
        return rows.length === 0;
      });
    });
  });
});

describe('health and metrics', () => {
  test('ready names what is missing', async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ database });
    const ready = async (): Promise<unknown> =>
      JSON.parse((await rawRequest(one.url, { path: '/health/ready' })).body);
    expect(await ready()).toMatchObject({ status: 'ready', missing: [] });
    await waitUntil(async () => {
      const { services } = (await ready()) as { services: { lastSuccessAt: string | null }[] };
      return services.filter(({ lastSuccessAt }) => lastSuccessAt !== null).length >= 4;
    });
    await one.context.pool.query('update schema_migrations set name = name || $1', ['-other']);
    expect(await ready()).toMatchObject({
      status: 'not_ready',
      missing: [expect.stringMatching(/lacks the migration/)],
    });
    await one.context.pool.query('drop table schema_migrations');
    expect(await ready()).toMatchObject({ missing: ['the database is not migrated'] });
    expect((await rawRequest(one.url, { path: '/health/live' })).status).toBe(200);
  });

  test('metrics tell waits and holds by purpose, hooks, readers, and that of the process', async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ database });
    await holding(one, AGENT, 7, 'process 4711 gone', () => Promise.resolve());
    await one.context.locks.advisoryLockOrSkip(AGENT, 8, {}, () => undefined);
    const event = { session_id: 's', source: 'startup', hook_event_name: 'SessionStart' };
    for (const id of ['a', 'a', 'b']) {
      await fetch(`${one.url}/hook/session-start`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${one.hookToken}`,
          'content-type': 'application/json',
          'x-headspace-event-id': id,
        },
        body: JSON.stringify(event),
      });
    }
    await one.context.hooks.settled();
    const { body } = await get(one, '/metrics');
    const value = (line: string): number | undefined => {
      const found = body.split('\n').find((text) => text.startsWith(`${line} `));
      return found === undefined ? undefined : Number(found.split(' ').at(-1));
    };
    expect(value('headspace_lock_wait_seconds_count{purpose="process N gone"}')).toBe(1);
    expect(value('headspace_lock_hold_seconds_count{purpose="process N gone"}')).toBe(1);
    const requests = 'headspace_lock_requests_total{purpose="none",outcome="acquired"}';
    expect(value(requests)).toBe(1);
    expect(value('headspace_database_up')).toBe(1);
    expect(value('headspace_hooks_received_total')).toBe(3);
    expect(value('headspace_hooks_duplicate_total')).toBe(1);
    expect(value('headspace_hooks_applied_total')).toBe(2);
    expect(value('headspace_hooks_parked')).toBe(0);
    expect(value('headspace_hooks_oldest_unapplied_seconds')).toBe(0);
    expect(value('headspace_stream_readers')).toBe(0);
    expect(value('headspace_service_failures{service="event-sweep"}')).toBe(0);
    expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });
});
