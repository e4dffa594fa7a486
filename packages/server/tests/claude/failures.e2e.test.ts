/** When things fail around the real Claude Code: its model, and Headspace's own server. */
import { fail, installClaude, say } from '@headspace/testkit/claude';
import { describe, expect, test } from 'vitest';
import { openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
/** Sessions start and end in real time, beside each other. */
const SLOW = { timeout: 120_000 };

describe.skipIf(!install.ok).concurrent('failures around the real Claude Code', SLOW, () => {
  test.each([
    { status: 529, attention: 'needs_you', error: 'server_error' },
    { status: 401, attention: 'needs_you', error: 'authentication_failed' },
    { status: 429, attention: 'limit', error: 'rate_limit' },
  ])('the model API answers $status: $attention', async ({ status, attention, error }) => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    model.on(/break/, fail(status));
    model.on(/again/, say('It works again.'));
    const session = await claude.start();
    await session.prompt('Please break');
    const failed = await board.when('the failure', (a) => a.attention === attention);
    expect(failed).toMatchObject({ rule: 'turn-failed', state: 'complete', dialogs: [] });
    expect(failed.reason).toContain(`stopped by an error (${error})`);
    expect((await board.turns(failed.id)).at(-1)).toMatchObject({ actor: 'agent', kind: 'error' });
    await session.prompt('Try again');
    await board.when('an answer', (a) => a.attention === 'your_turn');
    await board.only();
  });
});
