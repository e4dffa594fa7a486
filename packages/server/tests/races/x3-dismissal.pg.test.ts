/** A person dismisses an agent while hooks of it come in and the reaper looks at it. */
import { randomUUID } from 'node:crypto';
import type { AgentView } from '@headspace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  start,
  stop,
} from '../testing/liveness-world.ts';

let world: LivenessWorld;

beforeAll(async () => {
  world = await openLivenessWorld(2);
});
afterAll(async () => world[Symbol.asyncDispose]());

async function live(id: string, pid: number): Promise<number> {
  world.processes.running.set(pid, 'then');
  await world.send(start(id, marks(pid)));
  await world.send(prompt(id, marks(pid)));
  await world.settled();
  return (await world.agent(id)).id;
}

async function act(
  id: number,
  name: 'dismiss' | 'restore',
  { server = 0, key = randomUUID() as string | null } = {},
): Promise<{ status: number; body: AgentView & { detail?: string } }> {
  const { url, operatorToken } = world.servers[server] ?? world.servers[0] ?? { url: '' };
  const response = await fetch(`${url}/api/agents/${id}/${name}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${operatorToken}`,
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
  });
  return { status: response.status, body: (await response.json()) as AgentView };
}

/** Steps into and out of `ended`. */
async function endings(id: number): Promise<number> {
  const { rows } = await world.pool.query(
    `select from transitions where agent_id = $1 and to_attention = 'ended'
       and from_attention is distinct from 'ended'`,
    [id],
  );
  return rows.length;
}

async function commands(id: number): Promise<unknown[]> {
  const { rows } = await world.pool.query<{ state: string; outcome: string | null }>(
    'select state, outcome from commands where agent_id = $1 order by id',
    [id],
  );
  return rows.map(({ state, outcome }) => `${state}: ${outcome}`);
}

describe('X3: dismissal', () => {
  test('X3: dismissals, a SessionEnd and the reaper at one moment: one ending', async () => {
    for (let round = 0; round < 15; round++) {
      const session = `all-${round}`;
      const pid = 100 + round;
      const id = await live(session, pid);
      world.pass(5_000);
      world.processes.running.delete(pid);
      await world.tick('agent-reaper');
      world.pass(700);
      const [first, second] = await Promise.all([
        act(id, 'dismiss', { server: round % 2 }),
        act(id, 'dismiss', { server: (round + 1) % 2 }),
        world.tick('agent-reaper'),
        world.send(hook('SessionEnd', session, marks(pid), { reason: 'other' })),
      ]);
      await world.settled();
      await world.reap();
      expect([first.status, second.status].filter((status) => status === 200).length).toBeLessThan(
        2,
      );
      expect(await endings(id)).toBe(1);
      expect(await commands(id)).toEqual([
        expect.stringMatching(/^complete: (dismissed|session ended)$/),
      ]);
    }
  });

  test('X3: a Stop that was sent before the dismissal and comes after it changes nothing', async () => {
    const id = await live('stop', 31);
    const sentAt = String(world.now() - 1);
    expect((await act(id, 'dismiss')).status).toBe(200);
    await world.send(stop('stop', { ...marks(31), sentAt }));
    await world.settled();
    expect(await world.agent('stop')).toMatchObject({ attention: 'ended', state: 'complete' });
    expect(await commands(id)).toEqual(['complete: dismissed']);
  });

  test('X3: the same key twice, at once and on two servers, is one dismissal', async () => {
    const id = await live('key', 32);
    const answers = await Promise.all(
      [0, 1, 0, 1].map((server) => act(id, 'dismiss', { server, key: 'k1' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await endings(id)).toBe(1);
    expect((await act(id, 'dismiss')).status).toBe(409);
    // Much later, when it lives again, the old request is still known.
    expect((await act(id, 'restore')).status).toBe(200);
    expect((await act(id, 'dismiss', { key: 'k1' })).body).toMatchObject({ endedAt: null });
  });
});

describe('undo', () => {
  test('brings the agent back as it was: at work, with its prompt and its open dialog', async () => {
    const id = await live('undo', 41);
    const call = { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 't1' };
    await world.send(hook('PreToolUse', 'undo', marks(41), { ...call, prompt_id: 'p1' }));
    await world.send(hook('PermissionRequest', 'undo', marks(41), { ...call, prompt_id: 'p1' }));
    await world.settled();
    const before = await world.agent('undo');
    expect(before).toMatchObject({ attention: 'needs_you', state: 'awaiting_input' });
    await act(id, 'dismiss');
    const { status, body } = await act(id, 'restore');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      attention: 'needs_you',
      state: 'awaiting_input',
      reason: before.reason,
      dialogs: before.dialogs,
      endedAt: null,
      command: { prompt: 'go' },
      evidence: [{ source: 'person', signal: 'brought back' }],
    });
    await world.send(hook('PostToolUse', 'undo', marks(41), { ...call, prompt_id: 'p1' }));
    await world.send(stop('undo', marks(41)));
    await world.settled();
    expect(await world.agent('undo')).toMatchObject({ attention: 'your_turn', state: 'complete' });
  });

  test('a hook of the living session brings it back by itself', async () => {
    const id = await live('alive', 42);
    await act(id, 'dismiss');
    await world.send(stop('alive', marks(42)));
    await world.settled();
    expect(await world.agent('alive')).toMatchObject({ attention: 'your_turn', endedAt: null });
    expect(await endings(id)).toBe(1);
  });

  test('brought back although its process is gone: the reaper ends it with its proof', async () => {
    const id = await live('gone', 43);
    await act(id, 'dismiss');
    world.processes.running.delete(43);
    world.pass(5_000);
    await act(id, 'restore');
    await world.reap();
    expect(await world.agent('gone')).toMatchObject({
      endedReason: 'its process (pid 43) is gone',
    });
  });

  test('is refused where nobody dismissed, and where its session has another agent', async () => {
    const id = await live('ended', 44);
    await world.send(hook('SessionEnd', 'ended', marks(44), { reason: 'other' }));
    await world.settled();
    const { status, body } = await act(id, 'restore');
    expect([status, body.detail]).toEqual([
      409,
      'Nobody dismissed this agent: session ended (other).',
    ]);
    expect((await act(999_999, 'restore')).status).toBe(404);
    expect((await act(999_999, 'dismiss')).status).toBe(404);
    expect((await act(id, 'dismiss', { key: 'a b' })).status).toBe(400);
  });

  test('does not take the pane from the agent that has it by now', async () => {
    const panes = (pid: number) => marks(pid, '%9');
    world.processes.running.set(45, 'then').set(46, 'then');
    await world.send(start('former', panes(45)));
    await world.settled();
    const { id } = await world.agent('former');
    await act(id, 'dismiss');
    await world.send(start('present', panes(46)));
    await world.settled();
    expect((await act(id, 'restore')).body).toMatchObject({ endedAt: null, tmuxPane: null });
    expect(await world.agent('present')).toMatchObject({ tmuxPane: '%9' });
  });
});
