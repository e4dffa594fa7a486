/** Status lines from the request to the board: who may send them, what is kept, who is locked. */
import { type LockBody, LockNamespace, type TryOptions } from '@headspace/lock';
import { expect, test } from 'vitest';
import {
  type ContextWorld,
  contextOf,
  openContextWorld,
  serverOf,
} from './testing/context-world.ts';

async function start(world: ContextWorld, sessionId: string, server = 0): Promise<void> {
  const payload = { session_id: sessionId, source: 'startup', cwd: `/${sessionId}`, model: 'm' };
  await world.send({ event: 'SessionStart', payload, server });
  await world.settled();
}

async function signals(world: ContextWorld): Promise<unknown[]> {
  const { rows } = await world.pool.query(
    `select session_id as session, used_tokens::int as used, polled from context_signals order by 1`,
  );
  return rows;
}

/** A poller that notes which agents it locks. */
function watched(world: ContextWorld): { locked: number[]; tick: () => Promise<number> } {
  const context = contextOf(serverOf(world, 0));
  const locked: number[] = [];
  const note = <T>(namespace: number, id: number, options: TryOptions, body: LockBody<T>) => {
    if (namespace === LockNamespace.AGENT) locked.push(id);
    return context.locks.advisoryLockOrSkip(namespace, id, options, body);
  };
  const locks = new Proxy(context.locks, {
    get: (target, name): unknown =>
      name === 'advisoryLockOrSkip' ? note : Reflect.get(target, name),
  });
  const poller = world.poller({ ...context, locks });
  return { locked, tick: () => poller.tick() };
}

test('only with the hook token, only with a session; the inbox sees nothing of it', async () => {
  await using world = await openContextWorld();
  const { url, hookToken } = serverOf(world, 0);
  const send = async (token: string, body: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/hook/status-line`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await send('wrong', '{"session_id":"s"}')).toBe(401);
  expect(await send(hookToken, '{"session_id":')).toBe(400);
  expect(await send(hookToken, '{}')).toBe(400);
  expect(await send(hookToken, `{"session_id":"s","x":"${'x'.repeat(100_000)}"}`)).toBe(413);
  expect(await send(hookToken, '{"session_id":"s"}')).toBe(204);
  const { rows } = await world.pool.query('select count(*)::int as events from hook_events');
  expect(rows).toEqual([{ events: 0 }]);
});

test('from several servers: the newest counts, in whatever order they come', async () => {
  await using world = await openContextWorld(2);
  await start(world, 's1');
  const now = Date.now() - 10_000;
  await world.line('s1', 30_000, { at: now + 3, server: 1 });
  await world.line('s1', 10_000, { at: now + 1 });
  await world.line('s1', 20_000, { at: now + 2, server: 1 });
  expect(await signals(world)).toEqual([{ session: 's1', used: 30_000, polled: false }]);
  expect(await world.poller().tick()).toBe(1);
  expect(await signals(world)).toEqual([{ session: 's1', used: 30_000, polled: true }]);
  const [agent] = await world.agents();
  expect(agent?.context).toEqual({
    usedTokens: 30_000,
    windowTokens: 200_000,
    percent: 15,
    tier: 'normal',
    source: 'statusline',
    trendTokensPerTurn: null,
    turnsLeft: null,
    updatedAt: new Date(now + 3).toISOString(),
  });
});

test('many at once: the newest of each session is kept', async () => {
  await using world = await openContextWorld();
  const now = Date.now() - 10_000;
  const all = Array.from({ length: 60 }, (_, n) => n + 1);
  await Promise.all(all.map(async (n) => world.line(`s${n % 3}`, 1_000 * n, { at: now + n })));
  expect(await signals(world)).toMatchObject([
    { used: 60_000 },
    { used: 58_000 },
    { used: 59_000 },
  ]);
});

test('an agent is locked where a person would see a difference, and only then', async () => {
  await using world = await openContextWorld();
  for (const id of ['s1', 's2', 's3']) await start(world, id);
  const poller = watched(world);
  const round = async (...tokens: number[]): Promise<number[]> => {
    poller.locked.length = 0;
    for (const [n, used] of tokens.entries()) await world.line(`s${n + 1}`, used);
    await poller.tick();
    return poller.locked.toSorted();
  };
  const [first, second, third] = (await world.agents()).map(({ id }) => id);
  expect(await round(10_000, 20_000, 100_000)).toEqual([first, second, third]);
  // Less than a percent, nothing new, and three percent.
  expect(await round(10_400, 20_000, 106_000)).toEqual([third]);
  expect(await round()).toEqual([]);
  expect(await signals(world)).toMatchObject([
    { polled: true },
    { polled: true },
    { polled: true },
  ]);
});

test('a change of tier is announced; nothing else of the agent changes', async () => {
  await using world = await openContextWorld();
  await start(world, 's1');
  const [before] = await world.agents();
  await world.line('s1', 165_000);
  await world.poller().tick();
  const [after] = await world.agents();
  expect(after).toEqual({ ...before, context: expect.objectContaining({ tier: 'critical' }) });
  await serverOf(world, 0).context.events.sequence();
  const { rows } = await world.pool.query<{ message: string }>(
    `select message from stream where type = 'agent.changed' order by position desc limit 1`,
  );
  expect(JSON.parse(rows[0]?.message ?? '{}')).toMatchObject({
    type: 'agent.changed',
    agent: { context: { tier: 'critical', percent: 83 } },
    transitions: [],
  });
});

test('a status line that comes before its agent waits for it, a minute long', async () => {
  await using world = await openContextWorld();
  await world.line('early', 40_000);
  await world.line('never', 40_000);
  expect(await world.poller().tick()).toBe(0);
  await start(world, 'early');
  expect(await world.poller().tick()).toBe(1);
  expect((await world.agents())[0]?.context).toMatchObject({ percent: 20 });
  expect(await signals(world)).toMatchObject([{ polled: true }, { polled: false }]);
  await world.pool.query(`update context_signals set received_at = now() - interval '61 seconds'`);
  await world.poller().tick();
  expect(await signals(world)).toMatchObject([{ polled: true }, { polled: true }]);
});

test('what is older than two days goes', async () => {
  await using world = await openContextWorld();
  await world.line('old', 1_000);
  await world.line('young', 1_000);
  await world.pool.query(
    `update context_signals set received_at = now() - interval '3 days' where session_id = 'old'`,
  );
  await world.poller().tick();
  expect(await signals(world)).toMatchObject([{ session: 'young' }]);
});

test('compaction and /clear leave it unknown until the next status line', async () => {
  await using world = await openContextWorld();
  await start(world, 's1');
  const poll = async (): Promise<unknown> => {
    await world.poller().tick();
    return (await world.agents())[0]?.context?.usedTokens ?? null;
  };
  const hook = async (event: string, sessionId: string, more: object = {}): Promise<void> => {
    await world.send({ event, payload: { session_id: sessionId, cwd: '/s1', ...more } });
    await world.settled();
  };
  await world.line('s1', 150_000);
  expect(await poll()).toBe(150_000);
  await hook('PreCompact', 's1', { trigger: 'manual' });
  await hook('PostCompact', 's1', { trigger: 'manual', compact_summary: 'x' });
  expect(await poll()).toBeNull();
  // Claude Code's first status line after it still tells the old number (2.1.197).
  await world.line('s1', 150_000, { promptId: 'p2' });
  expect(await poll()).toBeNull();
  await world.line('s1', 9_000, { promptId: 'p3' });
  expect(await poll()).toBe(9_000);
  await hook('SessionEnd', 's1', { reason: 'clear', prompt_id: 'p4' });
  await hook('SessionStart', 's2', { source: 'clear', prompt_id: 'p4' });
  expect(await poll()).toBeNull();
  await world.line('s1', 12_000, { promptId: 'p3' });
  expect(await poll()).toBeNull();
  await world.line('s2', 8_000, { promptId: 'p5' });
  expect(await poll()).toBe(8_000);
});
