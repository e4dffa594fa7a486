/** kill -9 of the server, of Claude Code and of tmux while prompts are on their way. */
import type { PromptView } from '@headspace/contract';
import { installClaude } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { openFallibleWorld, openWorld, type ClaudeWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 240_000 };
const COUNT = 12;

/** How often each mark was said in the session, by the requests that the model got. */
function timesSaid({ model }: ClaudeWorld, mark: string): number {
  const last = model.requests.findLast(({ kind }) => kind === 'turn');
  return JSON.stringify(last?.body.messages ?? []).split(mark).length - 1;
}

async function sendAll({ desk }: ClaudeWorld, agentId: number): Promise<PromptView[]> {
  const sent: PromptView[] = [];
  for (let n = 0; n < COUNT; n++) {
    const text = n % 3 === 2 ? `mark-${n}-\n${'line\n'.repeat(20)}end` : `mark-${n}- say something`;
    sent.push(await desk.send(agentId, text, { key: `k${n}` }));
  }
  return sent;
}

describe.skipIf(!install.ok).concurrent('what dies while prompts are on their way', SLOW, () => {
  test('the server, again and again: every prompt arrives once', async () => {
    await using world = await openFallibleWorld(install);
    const { claude, board, desk } = world;
    await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const sent = await sendAll(world, id);
    const count = async (...states: PromptView['state'][]) =>
      (await desk.list(id)).filter(({ state }) => states.includes(state)).length;
    let accepted = 0;
    // Killed at some moment of a delivery or right after one; all have to be right.
    for (const moment of ['in flight', 'accepted', 'in flight', 'in flight', 'accepted']) {
      await waitUntil(
        async () =>
          moment === 'accepted'
            ? (await count('accepted')) > accepted
            : (await count('delivering', 'pasted')) > 0 || (await count('queued')) === 0,
        { everyMs: 2, timeoutMs: 30_000, what: `a prompt ${moment}` },
      );
      await world.killServer();
      await world.restartServer();
      accepted = await count('accepted');
    }
    const done: PromptView[] = [];
    for (const { id: prompt } of sent) {
      done.push(await desk.until(id, prompt, 'accepted', 'failed'));
    }
    // Of what lies in the client's own queue the model hears a moment later.
    for (const [n, { state }] of done.entries()) {
      if (state !== 'accepted') continue;
      await waitUntil(() => timesSaid(world, `mark-${n}-`) > 0, { what: `mark ${n}` });
    }
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    const told = done.map(({ state }, n) => ({ state, said: timesSaid(world, `mark-${n}-`) }));
    process.stdout.write(
      `server killed 5 times: ${done.filter(({ state }) => state === 'failed').length} of ${COUNT} uncertain\n`,
    );
    for (const [n, { state, said }] of told.entries()) {
      expect(said, `mark ${n}, ${state}: ${done[n]?.reason}`).toBeLessThanOrEqual(1);
      if (state === 'accepted') expect(said, `mark ${n}`).toBe(1);
      else expect(done[n]?.reason).toMatch(/^uncertain/);
    }
  });

  test('Claude Code: what was not said is said after its return, and nothing twice', async () => {
    await using world = await openWorld(install);
    const { claude, board, desk } = world;
    const session = await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const sent = await sendAll(world, id);
    await desk.until(id, sent[2]?.id ?? 0, 'accepted');
    await session.kill9();
    await board.when('the end of it', ({ attention }) => attention === 'ended');
    await session.resume();
    const done: PromptView[] = [];
    for (const { id: prompt } of sent) {
      done.push(await desk.until(id, prompt, 'accepted', 'failed'));
    }
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    for (const [n, { state, reason }] of done.entries()) {
      const said = timesSaid(world, `mark-${n}-`);
      expect(said, `mark ${n}: ${state}`).toBeLessThanOrEqual(1);
      if (state === 'failed') expect(reason).toMatch(/^uncertain/);
    }
    expect(done.filter(({ state }) => state === 'failed').length).toBeLessThanOrEqual(1);
  });

  test('tmux: the prompts wait, and say why', async () => {
    await using world = await openWorld(install);
    const { claude, board, desk } = world;
    await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const sent = await sendAll(world, id);
    await desk.until(id, sent[0]?.id ?? 0, 'accepted');
    await claude.tmux.run('kill-server');
    await board.when('the end of it', ({ attention }) => attention === 'ended');
    const left = await waitUntil(
      async () => {
        const open = (await desk.list(id)).filter(({ state }) => state !== 'accepted');
        const settled = open.every(({ state }) => state === 'queued' || state === 'failed');
        const told = open.some(({ reason }) => reason === 'the agent has ended');
        return settled && told ? open : undefined;
      },
      { what: 'reasons', timeoutMs: 30_000 },
    );
    expect(left.filter(({ state }) => state === 'failed').length).toBeLessThanOrEqual(1);
  });
});
