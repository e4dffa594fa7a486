/**
 * The reaper and a hook on one agent. The reaper forms its verdict without a lock; what happens
 * between its look and its section must not be overruled by it.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdRow } from '../testing/held-row.ts';
import {
  barrier,
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

/** An agent at work whose process is gone, seen so once; the next look would end it. */
async function suspect(id: string, pid: number, pane: string | null = null): Promise<number> {
  world.processes.running.set(pid, 'then');
  await world.send(start(id, marks(pid, pane)));
  await world.send(prompt(id, marks(pid, pane)));
  await world.settled();
  world.pass(5_000);
  world.processes.running.delete(pid);
  await world.tick('agent-reaper');
  world.pass(700);
  return (await world.agent(id)).id;
}

const tool = (id: string, pid: number) =>
  hook('PreToolUse', id, marks(pid), { tool_name: 'Read', tool_use_id: randomUUID() });

describe('H1: the reaper and a hook both complete a command', () => {
  test('H1: a hook between look and lock saves the agent', async () => {
    const id = 'between';
    await suspect(id, 101, '%1');
    world.tmux.duringLook = barrier(async () => {
      await world.send(tool(id, 101));
      await world.settled();
    });
    await world.tick('agent-reaper');
    expect(await world.agent(id)).toMatchObject({ attention: 'working', endedAt: null });
    expect((await world.story(id)).filter((step) => step.startsWith('ended'))).toEqual([]);
  });

  test('H1: a hook that is on disk and not yet applied saves it too', async () => {
    const id = 'waiting';
    await suspect(id, 102, '%2');
    const payload = JSON.stringify(tool(id, 102).payload);
    const host = (await world.agent(id)).host;
    world.tmux.duringLook = barrier(async () => {
      // As a server that dies right after it has answered leaves it.
      await world.pool.query(
        `insert into hook_events (event_id, event, session_id, host, pid, queue_key, received_at,
           payload)
         values ($1, 'PreToolUse', $2, $3, 102, $4, now(), $5)`,
        [randomUUID(), id, host, `${host} pid 102`, payload],
      );
    });
    await world.tick('agent-reaper');
    expect((await world.story(id)).filter((step) => step.startsWith('ended'))).toEqual([]);
    await world.settled();
    expect(await world.agent(id)).toMatchObject({ attention: 'working' });
  });

  test('H1: a Stop in the middle of its section: the reaper skips, one completion each', async () => {
    const id = 'stopping';
    const agentId = await suspect(id, 103);
    await using row = await holdRow(world.pool, agentId);
    await world.send(stop(id, marks(103)));
    await row.waitedFor();
    // The hook's section has the lock and stands at its first statement.
    await world.tick('agent-reaper');
    await row.release();
    await world.settled();
    expect(await world.agent(id)).toMatchObject({ attention: 'your_turn', state: 'complete' });
    world.pass(5_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
    const { rows } = await world.pool.query(
      'select outcome from commands where agent_id = $1 and completed_at is not null',
      [agentId],
    );
    expect(rows).toEqual([{ outcome: 'finished' }]);
    expect((await world.story(id)).map((step) => step.split(':')[0])).toEqual([
      'idle',
      'working',
      'your_turn',
      'ended',
    ]);
  });

  test('H1: two servers look at one moment: one ending, one transition', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => ({ id: `both-${n}`, pid: 200 + n }));
    for (const { id, pid } of ids) await suspect(id, pid);
    await Promise.all([world.tick('agent-reaper'), world.tick('agent-reaper')]);
    await world.reap();
    for (const { id } of ids) {
      expect((await world.story(id)).filter((step) => step.startsWith('ended'))).toHaveLength(1);
    }
  });
});
