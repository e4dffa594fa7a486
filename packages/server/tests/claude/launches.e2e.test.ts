/** Claude Code started by Headspace: the real one, in real tmux. */
import type { LaunchState, LaunchView } from '@headspace/contract';
import { installClaude, say } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { type ClaudeWorld, openFallibleWorld, openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 120_000 };

async function launch(
  { desk, claude }: ClaudeWorld,
  more: { prompt?: string; key?: string } = {},
): Promise<LaunchView> {
  const body = { path: claude.projectFolder, ...more };
  const reply = await desk.call<LaunchView>('POST', '/api/launches', body);
  expect([200, 202]).toContain(reply.status);
  return reply.body;
}

async function until(
  { desk }: ClaudeWorld,
  id: number,
  ...states: LaunchState[]
): Promise<LaunchView> {
  let seen: LaunchView | undefined;
  return waitUntil(
    async () => {
      seen = (await desk.call<LaunchView>('GET', `/api/launches/${id}`)).body;
      return states.includes(seen.state) ? seen : undefined;
    },
    { timeoutMs: 60_000, what: () => `${states.join(' or ')}: ${JSON.stringify(seen)}` },
  );
}

const sessions = async ({ claude }: ClaudeWorld): Promise<string[]> =>
  (await claude.tmux.run('list-sessions', '-F', '#{session_name}'))
    .split('\n')
    .filter((name) => name.startsWith('headspace-'));

describe.skipIf(!install.ok).concurrent('a launch of the real Claude Code', SLOW, () => {
  test('becomes an agent, gets its first prompt once, and ends on request', async () => {
    await using world = await openWorld(install);
    const { model, board, desk } = world;
    model.on(/introduce/, say('I am the new one.'));
    const asked = await launch(world, { prompt: 'introduce yourself', key: 'first' });
    expect(asked).toMatchObject({ state: 'requested', purpose: 'person', agentId: null });
    expect(await launch(world, { prompt: 'introduce yourself', key: 'first' })).toMatchObject({
      id: asked.id,
    });
    const running = await until(world, asked.id, 'running', 'failed');
    expect(running).toMatchObject({ state: 'running', tmuxSession: asked.tmuxSession });
    const agent = await board.when('its answer', ({ attention }) => attention === 'your_turn');
    expect(agent).toMatchObject({ id: running.agentId, launchId: asked.id });
    expect((await board.turns(agent.id)).map(({ text }) => text)).toEqual([
      'introduce yourself',
      'I am the new one.',
    ]);
    expect(await sessions(world)).toEqual([asked.tmuxSession]);

    const { body } = await desk.call<LaunchView>('POST', `/api/launches/${asked.id}/stop`);
    expect(body.state).toBe('stopping');
    await until(world, asked.id, 'stopped');
    await board.when('its end', ({ attention }) => attention === 'ended');
    expect(await sessions(world)).toEqual([]);
  });

  test('from the command line: run, launches, stop', async () => {
    await using world = await openWorld(install);
    const { claude, board, headspace } = world;
    const run = await headspace('run', claude.projectFolder, '--prompt', 'hello there');
    expect(run).toMatchObject({ code: 0 });
    expect(run.output).toMatch(/launch 1 runs as agent 1\n {2}tmux -S \S+ attach -t headspace-1-/);
    await board.when('its answer', ({ attention }) => attention === 'your_turn');
    expect((await headspace('launches')).output).toMatch(/1 +running +1 /);
    expect(await headspace('stop', '1')).toMatchObject({ code: 0 });
    await board.when('its end', ({ attention }) => attention === 'ended');
    const failed = await headspace('run', `${claude.projectFolder}/nowhere`);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.output).toContain('is not a directory on the machine of this server');
  });

  test('goes on after kill -9 of the server, and starts once', async () => {
    await using world = await openFallibleWorld(install);
    const asked = await launch(world);
    await until(world, asked.id, 'starting', 'running');
    await world.killServer();
    await world.restartServer();
    const running = await until(world, asked.id, 'running', 'failed');
    expect(running).toMatchObject({ state: 'running', reason: null });
    expect(await sessions(world)).toEqual([asked.tmuxSession]);
    const agents = await world.board.agents();
    expect(agents.map(({ id, launchId }) => ({ id, launchId }))).toEqual([
      { id: running.agentId, launchId: asked.id },
    ]);
  });

  test('without hooks is found by its pane', async () => {
    await using world = await openWorld(install);
    await world.headspace('hooks', 'uninstall', '--yes');
    const asked = await launch(world);
    const pane = await waitUntil(
      async () => {
        const { tmuxPane } = await until(world, asked.id, 'starting');
        return tmuxPane;
      },
      { what: 'its pane' },
    );
    // A first look notes the session; so long it waits for a hook that would bring the agent.
    await world.tick('session-files');
    world.pass(11_000);
    await waitUntil(
      async () => {
        await world.tick('session-files');
        return (await world.board.agents()).length > 0;
      },
      { what: 'the agent' },
    );
    expect(pane).toMatch(/^%\d+$/);
    expect(await until(world, asked.id, 'running', 'failed')).toMatchObject({ state: 'running' });
    const [agent] = await world.board.agents();
    expect(agent).toMatchObject({ launchId: asked.id, tmuxPane: pane });
  });

  test('that waits for a person says so, and is closed at its deadline', async () => {
    await using world = await openWorld(install, { trusted: false });
    const asked = await launch(world);
    await waitUntil(
      async () => (await until(world, asked.id, 'starting')).reason?.startsWith('a dialog is on'),
      { what: 'the trust dialog as the reason' },
    );
    world.pass(61_000);
    const failed = await until(world, asked.id, 'failed');
    expect(failed.reason).toBe('Claude Code did not report in time');
    await waitUntil(async () => (await sessions(world)).length === 0, { what: 'no session' });
  });
});
