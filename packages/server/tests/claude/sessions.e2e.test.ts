/** Sessions of the real Claude Code that end, come back and follow each other: which agent is it? */
import { installClaude, saySlowly } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { timeToBoard } from '../testing/board.ts';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

/** The issue promises two seconds; a busy machine gets six. */
const KILLED_MS = 6_000;

describe.skipIf(!install.ok).concurrent('sessions of the real Claude Code', SLOW, () => {
  test('exit, --continue, --resume, /clear: one agent and a chain of ids', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id, sessionId } = await board.when('an answer', (a) => a.attention === 'your_turn');
    await first.exit();
    const over = await board.when('the end', (a) => a.attention === 'ended');
    expect(over).toMatchObject({
      id,
      endedReason: 'session ended (prompt_input_exit)',
      pid: null,
    });
    expect(over.endedAt).not.toBeNull();

    const second = await claude.start({ pane: first.pane, args: ['--continue'] });
    const continued = await board.when('the agent again', (a) => a.endedAt === null);
    expect(continued).toMatchObject({
      id,
      sessionId,
      pid: second.pid,
      attention: 'your_turn',
      endedReason: null,
      tmuxPane: first.pane.id,
    });
    await second.exit();
    await board.when('the second end', (a) => a.attention === 'ended');

    const third = await second.resume();
    const resumed = await board.when('the agent again', (a) => a.endedAt === null);
    expect(resumed).toMatchObject({ id, sessionId, pid: third.pid, attention: 'your_turn' });

    await third.prompt('/clear');
    const cleared = await board.when('a fresh session', (a) => a.sessionId !== sessionId);
    const file = await third.waitForStatus('idle');
    expect(cleared).toMatchObject({
      id,
      attention: 'idle',
      command: null,
      pid: third.pid,
      endedAt: null,
      sessionIds: [sessionId, file.sessionId],
    });
    await third.prompt('Something new');
    await board.when('the next answer', (a) => a.attention === 'your_turn');
    await board.only();
    const steps = await board.transitions(id);
    expect(steps.map(({ toAttention }) => toAttention).filter((to) => to === 'ended')).toHaveLength(
      2,
    );
  });

  test('kill -9: ended by its process; a fresh start in its pane is another agent', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const gate = model.gate();
    model.on(/explain/i, saySlowly('It begins in cart.js.', gate));
    const first = await claude.start();
    await first.prompt('Explain the checkout');
    await gate.reached;
    const { id } = await board.when('work', (a) => a.attention === 'working');
    const killed = Date.now();
    await first.kill9();
    const over = await board.when('the end', (a) => a.attention === 'ended');
    expect(timeToBoard('kill -9', killed, over)).toBeLessThan(KILLED_MS);
    expect(over).toMatchObject({ id, state: 'complete' });
    expect(over.endedReason).toContain(`${first.pid}`);
    expect(over.evidence[0]).toMatchObject({ source: 'process' });

    const fresh = await claude.start({ pane: first.pane });
    const other = await board.when('a second agent', (a) => a.endedAt === null);
    expect(other).toMatchObject({ pid: fresh.pid, attention: 'idle', tmuxPane: first.pane.id });
    expect(other.id).not.toBe(id);
    expect(await board.agent(id)).toMatchObject({ attention: 'ended' });
    expect(await board.agents()).toHaveLength(2);
  });

  test('kill -9 and --continue: the same agent, with a step of its own for the revival', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id } = await board.when('an answer', (a) => a.attention === 'your_turn');
    await first.kill9();
    await board.when('the end', (a) => a.attention === 'ended');
    const second = await claude.start({ pane: first.pane, args: ['--continue'] });
    const back = await board.when('the agent again', (a) => a.endedAt === null);
    expect(back).toMatchObject({
      id,
      pid: second.pid,
      attention: 'your_turn',
      endedReason: null,
    });
    const steps = await board.transitions(id);
    const end = steps.findIndex(({ toAttention }) => toAttention === 'ended');
    expect(steps[end]?.evidence[0]).toMatchObject({ source: 'process' });
    expect(steps[end + 1]).toMatchObject({ fromAttention: 'ended' });
    expect(steps[end + 1]?.evidence[0]).toMatchObject({
      source: 'hook',
      signal: 'SessionStart (resume)',
    });

    // Once more, without waiting for the end to be seen.
    await second.kill9();
    const third = await claude.start({ pane: first.pane, args: ['--continue'] });
    await third.prompt('And more');
    await board.when(
      'the next turn',
      (a) => a.pid === third.pid && a.command?.prompt === 'And more',
    );
    expect(await board.only()).toMatchObject({ id, endedAt: null, tmuxPane: first.pane.id });
  });

  test('the trust dialog: no agent until it is answered', async () => {
    await using world = await openWorld(install, { trusted: false });
    const { claude, board } = world;
    const session = await claude.start({ readyWhen: /1\. Yes, I trust this folder/ });
    expect(await board.agents()).toEqual([]);
    await session.press('Enter');
    await session.waitForStatus('idle');
    await board.when('a fresh agent', (a) => a.attention === 'idle' && a.pid === session.pid);
    await board.only();
  });

  test('two sessions in one directory: two agents, each with its own turns', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const sessions = await Promise.all([claude.start(), claude.start()]);
    for (const [index, session] of sessions.entries()) {
      await session.prompt(`This is number ${index}`);
      const agent = await board.when(
        'an answer',
        (a) => a.pid === session.pid && a.attention === 'your_turn',
      );
      expect(agent).toMatchObject({
        tmuxPane: session.pane.id,
        command: { prompt: `This is number ${index}` },
      });
    }
    const agents = await board.agents();
    expect(agents).toHaveLength(2);
    expect(agents[0]?.project).toEqual(agents[1]?.project);
  });

  test('a fork: in its place the same agent', async () => {
    await using world = await openWorld(install);
    const { claude, board } = world;
    const first = await claude.start();
    await first.prompt('Remember the shop');
    const { id, sessionId } = await board.when('an answer', (a) => a.attention === 'your_turn');
    await first.exit();
    const args = ['--resume', sessionId, '--fork-session'];
    const fork = await claude.start({ pane: first.pane, args });
    await fork.prompt('Said in the fork');
    const forked = await board.when(
      'the answer in the fork',
      (a) => a.command?.prompt === 'Said in the fork' && a.attention === 'your_turn',
    );
    const file = await fork.file();
    expect(file?.sessionId).not.toBe(sessionId);
    expect(forked).toMatchObject({ id, sessionIds: [sessionId, file?.sessionId] });
    await board.only();
  });
});
