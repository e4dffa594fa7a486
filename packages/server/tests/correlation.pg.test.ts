/** Sessions and agents that meet at the same moment, on two servers, through HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type HookHeaders,
  type HookWorld,
  openHookWorld,
  type SentHook,
} from './testing/hook-world.ts';

let world: HookWorld;
let scene = 0;

beforeAll(async () => {
  world = await openHookWorld({ servers: 2 });
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(() => {
  scene++;
});

/** Session ids, panes and pids of this test alone. */
const session = (name: string | number) => `scene-${scene}-${name}`;
const pane = (number: number): HookHeaders => ({
  tmux: `/tmp/tmux-${scene},1,0`,
  tmuxPane: `%${number}`,
});
const pid = (number: number): HookHeaders => ({ claudePid: String(100_000 * scene + number + 2) });

function hook(event: string, id: string, more: object = {}, headers: HookHeaders = {}): SentHook {
  const payload = { session_id: id, cwd: `/repo/${scene}`, hook_event_name: event, ...more };
  return { event, payload, headers };
}
const start = (id: string, headers: HookHeaders = {}, source = 'startup', more: object = {}) =>
  hook('SessionStart', id, { source, model: 'm', ...more }, headers);
const prompt = (id: string, headers: HookHeaders = {}, promptId = 'p1') =>
  hook('UserPromptSubmit', id, { prompt: 'go', prompt_id: promptId }, headers);

/** Sends all at one moment, in turn to each server, and waits until all is done. */
async function atOnce(hooks: readonly SentHook[]): Promise<void> {
  await Promise.all(hooks.map(async (each, n) => world.send({ ...each, server: n % 2 })));
  await world.settled();
}

/** One after the other, each only answered, not applied. */
async function inTurn(hooks: readonly SentHook[]): Promise<void> {
  for (const [n, each] of hooks.entries()) await world.send({ ...each, server: n % 2 });
  await world.settled();
}

const agents = async () =>
  (await world.agents()).filter(({ sessionIds }) =>
    sessionIds.some((id) => id.startsWith(`scene-${scene}-`)),
  );

/** No event of this test waits, is parked, failed once, or was lost on the way to an agent. */
async function expectAllApplied(count: number): Promise<void> {
  const { rows } = await world.pool.query<{ status: string; n: number; tries: number }>(
    `select status, count(*)::int as n, sum(tries)::int as tries from hook_events where session_id like $1
     group by status order by status`,
    [`scene-${scene}-%`],
  );
  expect(rows).toEqual([{ status: 'applied', n: count, tries: 0 }]);
}

describe('at one moment', () => {
  test('the two first hooks of a session make one agent, 100 times', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => session(n));
    await atOnce(ids.flatMap((id) => [start(id), prompt(id)]));
    expect(await agents()).toHaveLength(100);
    for (const agent of await agents()) {
      expect(agent).toMatchObject({ attention: 'working', state: 'commanded' });
    }
    await expectAllApplied(200);
  });

  test('SessionStart twice, on two servers, makes one agent', async () => {
    const ids = Array.from({ length: 30 }, (_, n) => session(n));
    await atOnce(ids.flatMap((id, n) => [start(id, pane(n)), start(id, pane(n))]));
    expect(await agents()).toHaveLength(30);
    await expectAllApplied(60);
  });

  test('60 sessions start', async () => {
    await atOnce(
      Array.from({ length: 60 }, (_, n) => start(session(n), { ...pane(n), ...pid(n) })),
    );
    const all = await agents();
    expect(all).toHaveLength(60);
    expect(new Set(all.map(({ tmuxPane }) => tmuxPane)).size).toBe(60);
    await expectAllApplied(60);
  });

  test('two sessions that claim one pane: one has it, both live', async () => {
    const pairs = Array.from({ length: 20 }, (_, n) => n);
    await atOnce(
      pairs.flatMap((n) => [
        start(session(`${n}-a`), { ...pane(n), ...pid(2 * n) }),
        start(session(`${n}-b`), { ...pane(n), ...pid(2 * n + 1) }),
      ]),
    );
    const all = await agents();
    expect(all).toHaveLength(40);
    for (const n of pairs) {
      const pair = all.filter(({ sessionId }) => sessionId.startsWith(session(`${n}-`)));
      expect(pair.filter(({ tmuxPane }) => tmuxPane === `%${n}`)).toHaveLength(1);
    }
    await expectAllApplied(40);
  });

  test('two agents that /clear: each goes on as itself', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    await atOnce(numbers.map((n) => start(session(n), pane(n))));
    await atOnce(numbers.map((n) => prompt(session(n), pane(n))));
    const before = await agents();
    const ends = numbers.map((n) =>
      hook('SessionEnd', session(n), { reason: 'clear', prompt_id: `h${scene}-${n}` }, pane(n)),
    );
    await Promise.all(ends.map(async (each) => world.send(each)));
    await atOnce(
      numbers.map((n) =>
        start(session(`${n}-next`), pane(n), 'clear', { prompt_id: `h${scene}-${n}` }),
      ),
    );
    const after = await agents();
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    for (const { sessionIds, attention } of after) {
      expect(sessionIds).toEqual([sessionIds[0], `${sessionIds[0]}-next`]);
      expect(attention).toBe('idle');
    }
    await expectAllApplied(80);
  });

  test('Stop and SessionEnd of 50 agents complete every command', async () => {
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    await atOnce(numbers.flatMap((n) => [start(session(n), pane(n)), prompt(session(n), pane(n))]));
    await atOnce(
      numbers.flatMap((n) => [
        hook('Stop', session(n), { prompt_id: 'p1', last_assistant_message: 'done' }, pane(n)),
        hook('SessionEnd', session(n), { reason: 'other', prompt_id: 'p1' }, pane(n)),
      ]),
    );
    const all = await agents();
    expect(all).toHaveLength(50);
    for (const { attention, state, endedAt } of all) {
      expect({ attention, state }).toEqual({ attention: 'ended', state: 'complete' });
      expect(endedAt).not.toBeNull();
    }
    const { rows } = await world.pool.query<{ n: number }>(
      `select count(*)::int as n from turns t join agents a on a.id = t.agent_id
       where a.session_id like $1 and t.body = 'done'`,
      [`scene-${scene}-%`],
    );
    expect(rows).toEqual([{ n: 50 }]);
  });

  test('one session resumed in two terminals is one agent', async () => {
    const id = session('s');
    for (const number of [2, 3]) world.processes.running.set(Number(pid(number).claudePid), 'now');
    await inTurn([
      start(id, { ...pane(1), ...pid(1) }),
      hook('SessionEnd', id, { reason: 'other' }, pid(1)),
    ]);
    await atOnce([
      start(id, { ...pane(1), ...pid(2) }, 'resume'),
      start(id, { ...pane(2), ...pid(3) }, 'resume'),
    ]);
    const [agent, ...more] = await agents();
    expect(more).toEqual([]);
    expect(agent).toMatchObject({ attention: 'idle', endedAt: null });
    const { rows } = await world.pool.query(
      'select pid from agent_processes where agent_id = $1 and gone_at is null',
      [agent?.id],
    );
    expect(rows).toHaveLength(2);
  });
});

describe('one after the other, faster than they are applied', () => {
  test('a whole turn over two servers is applied in its order', async () => {
    const id = session('s');
    const tool = { tool_name: 'Bash', tool_input: { command: 'ls' }, prompt_id: 'p1' };
    await inTurn([
      start(id, pane(1)),
      prompt(id, pane(1)),
      hook('PreToolUse', id, { ...tool, tool_use_id: 't1' }, pane(1)),
      hook('PermissionRequest', id, tool, pane(1)),
      hook('PostToolUse', id, { ...tool, tool_use_id: 't1' }, pane(1)),
      hook('Stop', id, { prompt_id: 'p1' }, pane(1)),
      prompt(id, pane(1), 'p2'),
    ]);
    const { rows } = await world.pool.query<{ to_attention: string }>(
      `select to_attention from transitions t join agents a on a.id = t.agent_id
       where a.session_id = $1 order by t.id`,
      [id],
    );
    expect(rows.map((row) => row.to_attention)).toEqual([
      'idle',
      'working',
      'working',
      'needs_you',
      'working',
      'your_turn',
      'working',
    ]);
    await expectAllApplied(7);
  });

  test('kill -9, and a new session in the same pane', async () => {
    const [old, next] = [session('old'), session('new')];
    world.processes.running.set(100_000 * scene + 3, 'x');
    await inTurn([start(old, { ...pane(1), ...pid(1) }), prompt(old, { ...pane(1), ...pid(1) })]);
    world.processes.running.delete(100_000 * scene + 3);
    await inTurn([start(next, { ...pane(1), ...pid(2) })]);
    const [first, second] = await agents();
    expect(first).toMatchObject({ attention: 'ended', state: 'complete', tmuxPane: null });
    expect(second).toMatchObject({ attention: 'idle', tmuxPane: '%1' });
  });

  test('claude -p inside an agent is an agent of its own and leaves it alone', async () => {
    const [outer, inner] = [session('outer'), session('inner')];
    const print = { ...pane(1), ...pid(2), entrypoint: 'sdk-cli' };
    await inTurn([
      start(outer, { ...pane(1), ...pid(1), entrypoint: 'cli' }),
      prompt(outer, { ...pane(1), ...pid(1), entrypoint: 'cli' }),
      start(inner, print),
      prompt(inner, print),
      hook('Stop', inner, { prompt_id: 'p1' }, print),
      hook('SessionEnd', inner, { reason: 'other' }, print),
    ]);
    const [first, second] = await agents();
    expect(first).toMatchObject({ attention: 'working', tmuxPane: '%1', kind: 'interactive' });
    expect(second).toMatchObject({ attention: 'ended', tmuxPane: null, kind: 'print' });
  });

  test('hooks in user and project settings: everything twice, counted once', async () => {
    const id = session('s');
    const tool = { tool_name: 'Read', tool_input: {}, tool_use_id: 't1', prompt_id: 'p1' };
    const turn = [
      start(id, pane(1)),
      prompt(id, pane(1)),
      hook('PreToolUse', id, tool, pane(1)),
      hook('PostToolUse', id, tool, pane(1)),
      hook('Stop', id, { prompt_id: 'p1', last_assistant_message: 'done' }, pane(1)),
    ];
    for (const each of turn) await atOnce([each, each]);
    const [agent, ...more] = await agents();
    expect(more).toEqual([]);
    const { rows } = await world.pool.query<{ commands: number; turns: number }>(
      `select (select count(*)::int from commands where agent_id = $1) as commands,
         (select count(*)::int from turns where agent_id = $1) as turns`,
      [agent?.id],
    );
    expect(rows).toEqual([{ commands: 1, turns: 2 }]);
  });

  test('subagents belong to their parent', async () => {
    const id = session('s');
    const from = { agent_id: 'a1', agent_type: 'Explore', prompt_id: 'p1' };
    await inTurn([
      start(id, pane(1)),
      prompt(id, pane(1)),
      hook('SubagentStart', id, from, pane(1)),
      hook('PermissionRequest', id, { ...from, tool_name: 'Bash', tool_input: {} }, pane(1)),
    ]);
    const [agent, ...more] = await agents();
    expect(more).toEqual([]);
    expect(agent?.dialogs).toMatchObject([{ kind: 'permission', subagent: 'Explore' }]);
    expect(agent?.background).toMatchObject([{ id: 'a1', kind: 'subagent' }]);
  });

  test('what comes after SessionEnd', async () => {
    const id = session('s');
    const end = hook('SessionEnd', id, { reason: 'other' }, pane(1));
    const stop = hook('Stop', id, { prompt_id: 'p1', last_assistant_message: 'done' }, pane(1));
    await inTurn([start(id, pane(1)), prompt(id, pane(1)), end, stop]);
    expect(await agents()).toMatchObject([{ attention: 'ended', state: 'complete' }]);
    const turns = await world.pool.query(
      `select t.body from turns t join agents a on a.id = t.agent_id
       where a.session_id = $1 order by t.id`,
      [id],
    );
    expect(turns.rows).toEqual([{ body: 'go' }, { body: 'done' }]);
    await inTurn([prompt(id, pane(1), 'p2')]);
    expect(await agents()).toMatchObject([{ attention: 'working', endedAt: null }]);
    const { rows } = await world.pool.query(
      `select from_attention, to_attention from transitions where agent_id = $1 order by id desc
       limit 2`,
      [(await agents())[0]?.id],
    );
    expect(rows[1]).toMatchObject({ from_attention: 'ended' });
  });

  test('notifications and ends of sessions that nobody knows make no agent', async () => {
    const id = session('phantom');
    await inTurn([
      hook('Notification', id, { message: 'x' }),
      hook('SessionEnd', id, { reason: 'other' }),
    ]);
    expect(await agents()).toEqual([]);
  });
});
