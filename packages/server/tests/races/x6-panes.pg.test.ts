/** A pane belongs to one living agent, and nothing but a hook of its own session gives it away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  SOCKET,
  start,
} from '../testing/liveness-world.ts';

let world: LivenessWorld;

beforeAll(async () => {
  world = await openLivenessWorld(2);
});
afterAll(async () => world[Symbol.asyncDispose]());

async function live(id: string, pid: number, pane: string): Promise<void> {
  world.processes.running.set(pid, 'then');
  await world.send(start(id, marks(pid, pane)));
  await world.send(prompt(id, marks(pid, pane)));
  await world.settled();
  world.pass(5_000);
}

describe('X6: panes', () => {
  test('X6: an agent whose pane is closed never gets the pane of another in its directory', async () => {
    await live('lost', 11, '%1');
    await live('other', 12, '%2');
    world.tmux.open(SOCKET, '%2', 12);
    for (let round = 0; round < 3; round++) {
      await world.reap();
      world.pass(400_000);
    }
    expect(await world.agent('other')).toMatchObject({ tmuxPane: '%2', endedAt: null });
    expect(await world.agent('lost')).toMatchObject({ tmuxPane: '%1', endedAt: null });
    // A hook of the one with the marks of the other's pane does not take it either.
    await world.send(
      hook('PreToolUse', 'lost', marks(11, '%2'), { tool_name: 'Read', tool_use_id: 't1' }),
    );
    await world.settled();
    expect(await world.agent('other')).toMatchObject({ tmuxPane: '%2' });
    expect((await world.agent('lost')).tmuxPane).not.toBe('%2');
  });

  test('X6: a fresh session in a reused pane while the reaper looks: each ends or lives as itself', async () => {
    await live('old', 21, '%3');
    world.tmux.open(SOCKET, '%3', 20);
    world.processes.running.delete(21);
    await world.tick('agent-reaper');
    world.pass(700);
    world.processes.running.set(22, 'then');
    world.tmux.duringLook = async () => {
      world.tmux.duringLook = () => Promise.resolve();
      await world.send(start('fresh', marks(22, '%3')));
      await world.settled();
    };
    await world.tick('agent-reaper');
    await world.reap();
    expect(await world.agent('old')).toMatchObject({ attention: 'ended' });
    expect(await world.agent('fresh')).toMatchObject({
      attention: 'idle',
      tmuxPane: '%3',
      pid: 22,
    });
    expect((await world.story('old')).filter((step) => step.startsWith('ended'))).toHaveLength(1);
    // A late word of the old one brings neither the agent nor the pane back.
    const late = { ...marks(21, '%3'), sentAt: String(world.now() - 60_000) };
    await world.send(hook('Stop', 'old', late, { prompt_id: 'p1' }));
    await world.settled();
    expect(await world.agent('fresh')).toMatchObject({ tmuxPane: '%3', endedAt: null });
    expect(await world.agent('old')).toMatchObject({ attention: 'ended' });
  });

  test('X6: the database refuses one pane to two living agents', async () => {
    const [one, two] = [await world.agent('other'), await world.agent('fresh')];
    const client = await world.pool.connect();
    try {
      await client.query('set session_replication_role = replica');
      await expect(
        client.query('update agents set tmux_pane = $1, tmux_socket = $2 where id = $3', [
          one.tmuxPane,
          one.tmuxSocket,
          two.id,
        ]),
      ).rejects.toThrow('agents_live_pane');
    } finally {
      client.release(true);
    }
  });
});
