/** The watchdog and a hook tell of one and the same thing at one moment. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  barrier,
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  recordedScreen,
  SOCKET,
  start,
} from '../testing/liveness-world.ts';

let world: LivenessWorld;
let serial = 0;
let id: string;
let pid: number;
let pane: string;

beforeAll(async () => {
  world = await openLivenessWorld(2);
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(async () => {
  serial += 1;
  id = `session-${serial}`;
  pid = 1_000 + serial * 10;
  pane = `%${serial}`;
  world.processes.running.set(pid, 'then');
  world.tmux.servers.clear();
  world.tmux.open(SOCKET, pane, pid);
  await world.send(start(id, marks(pid, pane)));
  await world.send(prompt(id, marks(pid, pane)));
  await world.send(hook('PreToolUse', id, marks(pid), call));
  await world.settled();
});

const call = {
  tool_name: 'Bash',
  tool_input: { command: 'ls' },
  tool_use_id: 't1',
  prompt_id: 'p1',
};
const asks = async () => {
  await world.send(hook('PermissionRequest', id, marks(pid), call));
  await world.settled();
};

/** What was written of the screen, if anything. */
async function screenSteps(): Promise<string[]> {
  return (await world.story(id)).filter((step) => step.includes('shows a dialog'));
}

describe('M2: watchdog and hook on one dialog', () => {
  test('M2: the hook comes between capture and lock: one dialog, by the hook', async () => {
    world.tmux.show(SOCKET, pane, recordedScreen('permission-bash'));
    await world.watch();
    world.tmux.duringLook = barrier(async () => {
      await asks();
    });
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ rule: 'open-dialog', screen: null });
    expect(await screenSteps()).toEqual([]);
  });

  test('M2: the screen was first: the hook takes over, the screen says no more', async () => {
    world.tmux.show(SOCKET, pane, recordedScreen('permission-bash'));
    await world.watch();
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ rule: 'screen-dialog' });
    await asks();
    expect(await world.agent(id)).toMatchObject({ rule: 'open-dialog', dialogs: [{}] });
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ rule: 'open-dialog', screen: null });
  });

  test('M2: an answer between capture and lock: no dialog is left that is not there', async () => {
    world.tmux.show(SOCKET, pane, recordedScreen('model-switch-dialog'));
    world.tmux.duringCapture = barrier(async () => {
      await world.send(hook('PostToolUse', id, marks(pid), call));
      await world.settled();
    });
    await world.watch();
    expect(await screenSteps()).toEqual([]);
  });

  test('M2: two servers look at one screen at one moment: one step', async () => {
    for (let round = 0; round < 10; round++) {
      world.tmux.show(SOCKET, pane, recordedScreen('model-switch-dialog'));
      await world.watch(11_000);
      world.tmux.show(SOCKET, pane, recordedScreen('working-spinner'));
      await world.watch(11_000);
    }
    // Of each round one step in and none twice: a second one would have the same words.
    const story = await world.story(id);
    expect(await screenSteps()).toHaveLength(10);
    for (const [n, step] of story.entries()) expect(step).not.toBe(story[n - 1]);
  });
});

test('X6: a pane that changes hands during the look: nothing of the old screen is told of the new', async () => {
  world.tmux.show(SOCKET, pane, recordedScreen('model-switch-dialog'));
  world.tmux.duringCapture = barrier(async () => {
    world.processes.running.delete(pid);
    world.processes.running.set(pid + 1, 'then');
    await world.send(start(`${id}-next`, marks(pid + 1, pane)));
    await world.settled();
  });
  await world.watch();
  expect(await world.agent(id)).toMatchObject({ attention: 'ended', screen: null });
  expect(await world.agent(`${id}-next`)).toMatchObject({ attention: 'idle', screen: null });
});
