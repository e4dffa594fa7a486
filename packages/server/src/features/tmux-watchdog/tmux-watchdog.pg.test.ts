/** The watchdog on whole servers, with recorded screens in a made-up tmux. */
import { LockNamespace } from '@headspace/lock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  recordedScreen,
  SOCKET,
  start,
  stop,
} from '../../../tests/testing/liveness-world.ts';

let world: LivenessWorld;
let id: string;
let pid: number;
let pane: string;
let serial = 0;

beforeAll(async () => {
  // The poller runs only when the test ticks it.
  world = await openLivenessWorld(1, { 'contextPoller.intervalMs': 600_000 });
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(() => {
  serial += 1;
  id = `session-${serial}`;
  pid = 1_000 + serial * 10;
  pane = `%${serial}`;
  world.tmux.silent.clear();
  world.tmux.servers.clear();
  world.processes.running.clear();
});

/** An agent in its pane, with a turn that runs. */
async function atWork(screen: string): Promise<void> {
  world.processes.running.set(pid - 1, 'then').set(pid, 'then');
  world.processes.commands.set(pid - 1, 'bash');
  world.processes.parents.set(pid, pid - 1);
  world.tmux.open(SOCKET, pane, pid - 1);
  world.tmux.show(SOCKET, pane, recordedScreen(screen));
  await world.send(start(id, marks(pid, pane)));
  await world.send(prompt(id, marks(pid, pane)));
  await world.settled();
}

const show = (name: string) => world.tmux.show(SOCKET, pane, recordedScreen(name));

describe('what no hook tells', () => {
  test('a dialog: needs you, with its lines, and over when it is gone', async () => {
    await atWork('working-spinner');
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ attention: 'working', screen: null });
    show('model-switch-dialog');
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({
      attention: 'needs_you',
      rule: 'screen-dialog',
      reason: 'shows a dialog: Switch model?',
      evidence: [{ source: 'tmux', signal: 'screen: Switch model?' }, { source: 'hook' }],
      screen: {
        kind: 'dialog',
        lines: expect.arrayContaining(['  ❯ 1. Yes, switch to Sonnet 5']) as string[],
      },
    });
    show('working-spinner');
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'working', screen: null });
  });

  test('stalled by its screen standing still, and at work again when it moves', async () => {
    await atWork('working-spinner');
    await world.watch();
    await world.watch(170_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'working' });
    await world.watch(20_000);
    expect(await world.agent(id)).toMatchObject({
      attention: 'stalled',
      rule: 'stalled',
      reason: 'says it works, but its screen has not changed for 3 min',
    });
    // A stall is no news a minute later.
    const { length } = await world.story(id);
    await world.watch(60_000);
    await world.watch(600_000);
    expect(await world.story(id)).toHaveLength(length);
    show('working-tool-running');
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'stalled' });
    show('working-spinner');
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'working' });
  });

  test('a hook ends a stall at once', async () => {
    await atWork('working-spinner');
    await world.watch();
    await world.watch(200_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'stalled' });
    await world.send(stop(id, marks(pid)));
    await world.settled();
    expect(await world.agent(id)).toMatchObject({ attention: 'your_turn', rule: 'turn-over' });
  });

  test('words in the box that were not sent', async () => {
    await atWork('idle-draft-restored-after-stash');
    await world.send(stop(id, marks(pid)));
    await world.settled();
    await world.watch();
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({ screen: null });
    await world.watch(11_000);
    expect(await world.agent(id)).toMatchObject({
      attention: 'your_turn',
      rule: 'unsent-prompt',
      reason: 'the turn is finished; typed and not sent: my half typed draft',
    });
  });

  test('a pane that is gone while its process runs is told, and changes no state', async () => {
    await atWork('working-spinner');
    world.tmux.close(SOCKET, pane);
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ screen: null });
    await world.watch();
    expect(await world.agent(id)).toMatchObject({
      attention: 'working',
      screen: { kind: 'no_pane', summary: `its tmux pane ${pane} is gone, its process is not` },
    });
  });

  test('a tmux that does not answer, and a screen that is not known, change nothing', async () => {
    await atWork('model-switch-dialog');
    world.tmux.silent.add(SOCKET);
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ screen: null });
    world.tmux.silent.clear();
    world.tmux.show(SOCKET, pane, 'GNU nano\n\n^X Exit\n');
    await world.watch(10_000);
    expect(await world.agent(id)).toMatchObject({ attention: 'working', screen: null });
  });
});

describe('how full the context is', () => {
  const poll = async (afterMs = 10_000) => {
    await world.watch(afterMs);
    await world.tick('context-poller');
    return (await world.agent(id)).context;
  };
  const line = async (tokens: number) => {
    const window = { total_input_tokens: tokens, context_window_size: 200_000 };
    await world.send({ event: 'StatusLine', payload: { session_id: id, context_window: window } });
  };
  const signals = async () =>
    (
      await world.pool.query<{ source: string }>(
        'select source, at_ms from context_signals where session_id = $1 order by source',
        [id],
      )
    ).rows;

  test('told by the screen where nothing else tells it, each screen once', async () => {
    await atWork('working-spinner');
    expect(await poll()).toBeNull();
    show('context-low');
    expect(await poll()).toMatchObject({
      source: 'screen',
      percent: 100,
      usedTokens: null,
      tier: 'critical',
    });
    const noted = await signals();
    expect(noted).toMatchObject([{ source: 'screen' }]);
    expect(await poll()).toMatchObject({ percent: 100 });
    expect(await signals()).toEqual(noted);
    // Another screen that says the same is newer word of it.
    show('context-low-with-statusline');
    await poll();
    expect(await signals()).not.toEqual(noted);
  });

  test('the status line counts before the screen of the same time', async () => {
    await atWork('working-spinner');
    await line(180_000);
    expect(await poll()).toMatchObject({ source: 'statusline', percent: 90 });
    show('context-low');
    expect(await poll()).toMatchObject({ source: 'statusline', usedTokens: 180_000 });
    expect(await signals()).toMatchObject([{ source: 'screen' }, { source: 'statusline' }]);
  });

  test('a screen from before /clear says nothing of the new session', async () => {
    await atWork('working-spinner');
    show('context-low');
    await world.watch(10_000);
    world.tmux.silent.add(SOCKET);
    await world.send(hook('SessionEnd', id, marks(pid), { reason: 'clear', prompt_id: 'p4' }));
    id = `${id}-cleared`;
    await world.send(start(id, marks(pid, pane), 'clear'));
    await world.settled();
    expect(await poll(130_000)).toBeNull();
  });
});

describe('how little it does', () => {
  test('captures what was written to, and locks nobody without news', async () => {
    await atWork('idle-after-turn');
    await world.send(stop(id, marks(pid)));
    await world.settled();
    await world.watch();
    await world.watch();
    world.tmux.captured.length = 0;
    const { fence } = await row();
    await world.watch();
    expect(world.tmux.captured).toEqual([]);
    show('idle-after-turn');
    await world.watch();
    // Once more, for tmux's time has whole seconds.
    await world.watch();
    await world.watch();
    expect(world.tmux.captured).toEqual([pane, pane]);
    expect((await row()).fence).toBe(fence);
  });

  test('leaves out who has just been heard of, and who is held by somebody else', async () => {
    await atWork('model-switch-dialog');
    world.tmux.captured.length = 0;
    await world.watch(100);
    expect(world.tmux.captured).toEqual([]);
    const { locks } = world.servers[0]?.context ?? {};
    if (locks === undefined) throw new Error('no server');
    const { id: agentId } = await world.agent(id);
    await locks.advisoryLock(LockNamespace.AGENT, agentId, { purpose: 'test' }, () =>
      world.watch(),
    );
    expect(await world.agent(id)).toMatchObject({ attention: 'working' });
    await world.watch();
    expect(await world.agent(id)).toMatchObject({ attention: 'needs_you' });
  });

  const row = async () => {
    const { rows } = await world.pool.query<{ fence: string }>(
      'select fence from agents where session_id = $1',
      [id],
    );
    return rows[0] ?? { fence: 'none' };
  };
});

describe('Claude Code before its first hook', () => {
  /** Claude Code in a pane that no agent owns, on a server in which one has been. */
  function newcomer(): void {
    world.tmux.open(SOCKET, `${pane}9`, pid + 4);
    world.processes.running.set(pid + 4, 'then').set(pid + 5, 'now');
    world.processes.commands.set(pid + 4, 'bash');
    world.processes.parents.set(pid + 5, pid + 4);
  }
  const found = async () =>
    (await world.agents()).filter(({ tmuxPane }) => tmuxPane === `${pane}9`);

  test('in the trust dialog: an agent that needs you, and goes on as the session', async () => {
    await atWork('working-spinner');
    newcomer();
    world.tmux.show(SOCKET, `${pane}9`, recordedScreen('trust-dialog'));
    await world.watch();
    await world.watch();
    const [agent, ...more] = await found();
    expect(more).toEqual([]);
    expect(agent).toMatchObject({
      attention: 'needs_you',
      reason: 'shows a dialog: Accessing workspace:',
      pid: pid + 5,
      project: { path: '/repo' },
      screen: { lines: expect.arrayContaining([' ❯ 1. Yes, I trust this folder']) as string[] },
    });
    await world.send(start(`${id}-new`, marks(pid + 5, `${pane}9`)));
    await world.settled();
    expect(await found()).toMatchObject([
      { id: agent?.id, attention: 'idle', sessionIds: [`${id}-new`], sessionId: `${id}-new` },
    ]);
  });

  test('whose first hook has no pid: found by its pane', async () => {
    await atWork('working-spinner');
    newcomer();
    world.tmux.show(SOCKET, `${pane}9`, recordedScreen('trust-dialog'));
    await world.watch();
    const [agent] = await found();
    const tmux = { tmux: `${SOCKET},1,0`, tmuxPane: `${pane}9` };
    await world.send(prompt(`${id}-new`, tmux));
    await world.settled();
    expect(await found()).toMatchObject([{ id: agent?.id, attention: 'working' }]);
  });

  test('that is refused: the agent ends with its process', async () => {
    await atWork('working-spinner');
    newcomer();
    world.tmux.show(SOCKET, `${pane}9`, recordedScreen('trust-dialog'));
    await world.watch();
    world.processes.running.delete(pid + 5);
    await world.reap();
    expect(await found()).toMatchObject([{ attention: 'ended' }]);
  });

  test('at its prompt, and so without our hooks: not ours', async () => {
    await atWork('working-spinner');
    newcomer();
    world.tmux.show(SOCKET, `${pane}9`, recordedScreen('idle'));
    await world.watch();
    expect(await found()).toEqual([]);
  });
});

test('one agent that cannot be written does not keep the others from their look', async () => {
  await atWork('model-switch-dialog');
  const first = await world.agent(id);
  id = `${id}-other`;
  pid += 3;
  pane = `${pane}5`;
  await atWork('model-switch-dialog');
  await world.pool.query(`create function refuse() returns trigger language plpgsql as
    $$ begin if new.id = ${first.id} then raise 'refused'; end if; return new; end $$`);
  await world.pool.query(
    'create trigger refuse before update on agents for each row execute function refuse()',
  );
  await world.watch();
  await world.pool.query('drop function refuse cascade');
  expect(await world.agent(id)).toMatchObject({ attention: 'needs_you' });
  expect(await world.agent(first.sessionId)).toMatchObject({ attention: 'working' });
});

test('a hook of a tool while the screen retries the API: the hook stands', async () => {
  await atWork('working-api-retry');
  await world.watch();
  expect(await world.agent(id)).toMatchObject({
    attention: 'working',
    reason: 'the API failed; attempt 1 of 2',
  });
  await world.send(hook('PreToolUse', id, marks(pid), { tool_name: 'Read', tool_use_id: 't' }));
  await world.settled();
  expect(await world.agent(id)).toMatchObject({ attention: 'working', reason: 'runs Read' });
});
