/** Events that fail: by their own fault they are parked, by the world's they only wait. */
import type { AgentView, HookEventView } from '@headspace/contract';
import { LockNamespace } from '@headspace/lock';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHooks } from '../src/features/hooks/index.ts';
import { type HookWorld, openHookWorld } from './testing/hook-world.ts';

let world: HookWorld;
let scene = 0;

beforeAll(async () => {
  world = await openHookWorld();
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(async () => {
  scene++;
  await send('SessionStart', { source: 'startup', model: 'm' });
  await send('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  await world.settled();
});

const sessionId = () => `poison-${scene}`;
const send = async (event: string, payload: object, eventId?: string) =>
  world.send({
    event,
    payload: { session_id: sessionId(), cwd: '/repo', ...payload },
    headers: eventId === undefined ? {} : { eventId },
  });

async function api<T>(path: string, method = 'GET'): Promise<T> {
  const [server] = world.servers;
  const answer = await fetch(`${server?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server?.operatorToken}` },
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}

const agent = async (): Promise<AgentView> => {
  const found = (await world.agents()).find((each) => each.sessionId === sessionId());
  if (found === undefined) throw new Error('no agent');
  return found;
};
const parked = async () =>
  (
    await api<{ events: HookEventView[] }>(
      `/api/hook-events?status=parked&sessionId=${sessionId()}`,
    )
  ).events;
const triesOf = async (eventId: string) =>
  (
    await world.pool.query<{ tries: number; status: string }>(
      'select tries, status from hook_events where event_id = $1',
      [eventId],
    )
  ).rows[0];

describe('an event that does not fit', () => {
  test('is parked after three tries, shown, and does not block the agent', async () => {
    await send('PreToolUse', { tool_name: 7, prompt_id: 'p1' });
    await send('Stop', { prompt_id: 'p1' });
    await world.settled();
    expect(await agent()).toMatchObject({ attention: 'your_turn', state: 'complete' });
    const [event, ...more] = await parked();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      event: 'PreToolUse',
      tries: 3,
      error: expect.stringContaining('tool_name') as string,
    });
    const status = await api<{ parked: number; pending: number }>('/hook/status');
    expect(status).toMatchObject({ parked: 1, pending: 0 });
  });

  test('as the first sign of a session it is parked too', async () => {
    await world.send({ event: 'PreToolUse', payload: { session_id: `${sessionId()}-x` } });
    await world.settled();
    const { rows } = await world.pool.query(
      'select status from hook_events where session_id = $1',
      [`${sessionId()}-x`],
    );
    expect(rows).toEqual([{ status: 'parked' }]);
  });

  test('can be run again, and is parked again while it does not fit', async () => {
    await send('PreToolUse', { tool_name: 7 });
    await world.settled();
    const [event] = await parked();
    await api(`/api/hook-events/${event?.id}/rerun`, 'POST');
    await world.settled();
    expect((await parked()).map(({ id }) => id)).toEqual([event?.id]);
  });

  test('run again after a repair it fills history and leaves newer state alone', async () => {
    // A fault of the database that only this answer meets.
    await world.pool.query(`
      create function refuse_this() returns trigger language plpgsql as
        $$ begin raise exception 'not this one' using errcode = '22000'; end $$;
      create trigger refuse_this before insert on turns for each row
        when (new.body = 'cursed') execute function refuse_this()`);
    await send('Stop', { prompt_id: 'p1', last_assistant_message: 'cursed' }, `${scene}-cursed`);
    await send('UserPromptSubmit', { prompt: 'more', prompt_id: 'p2' });
    await world.settled();
    const [event] = await parked();
    expect(event).toMatchObject({ error: expect.stringContaining('not this one') as string });
    expect(await agent()).toMatchObject({ attention: 'working', command: { prompt: 'more' } });
    await world.pool.query('drop trigger refuse_this on turns; drop function refuse_this');
    await api(`/api/hook-events/${event?.id}/rerun`, 'POST');
    await world.settled();
    expect(await parked()).toEqual([]);
    expect(await agent()).toMatchObject({ attention: 'working', command: { prompt: 'more' } });
    const { turns } = await api<{ turns: { text: string }[] }>(
      `/api/agents/${(await agent()).id}/turns`,
    );
    expect(turns.map(({ text }) => text)).toContain('cursed');
  });

  test('a second run of an event that is not parked is refused', async () => {
    await expect(api('/api/hook-events/999999/rerun', 'POST')).rejects.toThrow('404');
  });
});

describe('no fault of the event', () => {
  test('a lock that somebody holds for too long', async () => {
    const [server] = world.servers;
    if (server === undefined) throw new Error('no server');
    const { id } = await agent();
    const { locks } = server.context;
    // The same hooks feature with less patience than 15 s.
    const impatient: typeof locks = Object.create(locks, {
      advisoryLock: {
        value: async (namespace: number, key: number, options: object, body: never) =>
          locks.advisoryLock(namespace, key, { ...options, timeoutMs: 50 }, body),
      },
    }) as typeof locks;
    const hooks = createHooks({
      context: {
        ...server.context,
        locks: impatient,
        announce: () => undefined,
        processes: world.processes,
        pidNamespace: null,
        sessionFileAlive: () => false,
        maxTries: 3,
        now: Date.now,
        log: server.context.logger,
      },
      settings: { 'hooks.answerWithinMs': 0, 'personas.answerWithinMs': 0 },
      now: Date.now,
    });
    const eventId = `${scene}-held`;
    await server.context.locks.advisoryLock(LockNamespace.AGENT, id, {}, async () => {
      const body = JSON.stringify({ session_id: sessionId(), prompt_id: 'p1' });
      await hooks.receive({ slug: 'stop', headers: { 'x-headspace-event-id': eventId }, body });
      for (let round = 0; round < 5; round++) {
        await hooks.settled();
        await hooks.sweep(0);
      }
      await hooks.settled();
      expect(await triesOf(eventId)).toEqual({ tries: 0, status: 'pending' });
    });
    await hooks.sweep(0);
    await hooks.settled();
    expect(await triesOf(eventId)).toEqual({ tries: 0, status: 'applied' });
    await hooks.stop();
  });

  test('database connections that are cut in the middle of the work', async () => {
    const { id } = await agent();
    // Another transaction holds the agent's row, so the section is seen waiting for it.
    const client = await world.pool.connect();
    const eventId = `${scene}-cut`;
    await client.query('begin');
    await client.query('select 1 from agents where id = $1 for update', [id]);
    await send('Stop', { prompt_id: 'p1' }, eventId);
    for (let round = 0; round < 4; round++) {
      await waitUntil(async () => {
        const cut = await world.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
             and wait_event_type = 'Lock' and query like '%update agents set fence%'`,
        );
        return cut.rowCount === 1;
      });
      await world.servers[0]?.context.hooks.settled();
      await world.servers[0]?.context.hooks.sweep(0);
    }
    await client.query('rollback');
    client.release();
    await world.settled();
    expect(await triesOf(eventId)).toEqual({ tries: 0, status: 'applied' });
    expect(await agent()).toMatchObject({ attention: 'your_turn' });
  });

  test('lock sessions that are cut while an event waits for its lock', async () => {
    const { id } = await agent();
    const [server] = world.servers;
    const eventId = `${scene}-lost`;
    await server?.context.locks
      .advisoryLock(LockNamespace.AGENT, id, {}, async () => {
        await send('Stop', { prompt_id: 'p1' }, eventId);
        await world.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like '%lock%'`,
        );
      })
      .catch(() => undefined);
    await world.settled();
    expect(await triesOf(eventId)).toEqual({ tries: 0, status: 'applied' });
  });
});
