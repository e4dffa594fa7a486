/** Sessions of the real Claude Code that Headspace finds by their own files: no hook has told of them. */
import { installClaude, say } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();

describe.skipIf(!install.ok)('a session of the real Claude Code without hooks', () => {
  test('is on the board with its conversation, and goes on when hooks are installed', async () => {
    await using world = await openWorld(install);
    const { claude, model, board, headspace } = world;
    expect(await headspace('hooks', 'uninstall', '--yes')).toMatchObject({ code: 0 });
    model.on(/first/, say('One is done.'));
    model.on(/second/, say('Two is done.'));
    const session = await claude.start();
    await session.prompt('the first thing');
    await session.waitForScreen(/One is done/);
    expect(await board.agents()).toEqual([]);
    // So long it waits for a hook that would bring the agent.
    world.pass(11_000);
    await world.tick('session-files');
    const found = await board.when('finished', ({ attention }) => attention === 'your_turn');
    expect(found).toMatchObject({ endedAt: null, kind: 'interactive' });
    await expect
      .poll(async () => (await board.turns(found.id)).map(({ text }) => text))
      .toEqual(['the first thing', 'One is done.']);
    expect(await headspace('hooks', 'install', '--yes')).toMatchObject({ code: 0 });
    await session.prompt('the second thing');
    await session.waitForScreen(/Two is done/);
    await expect
      .poll(async () => (await board.turns(found.id)).map(({ text }) => text))
      .toEqual(['the first thing', 'One is done.', 'the second thing', 'Two is done.']);
    expect((await board.agents()).map(({ id }) => id)).toEqual([found.id]);
  });

  test('that nothing has been asked of yet: its first turn is told, too', async () => {
    await using world = await openWorld(install);
    const { claude, model, board, headspace } = world;
    expect(await headspace('hooks', 'uninstall', '--yes')).toMatchObject({ code: 0 });
    model.on(/first/, say('One is done.'));
    const session = await claude.start();
    world.pass(11_000);
    await world.tick('session-files');
    const found = await board.when('found', ({ attention }) => attention === 'idle');
    await session.prompt('the first thing');
    await session.waitForScreen(/One is done/);
    await expect
      .poll(async () => (await board.turns(found.id)).map(({ text }) => text))
      .toEqual(['the first thing', 'One is done.']);
    await board.when('finished', ({ attention }) => attention === 'your_turn');
  });
});
