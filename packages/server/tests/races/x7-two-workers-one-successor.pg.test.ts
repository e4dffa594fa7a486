/** Several workers move one handoff on while hooks of its agent come in: there is one successor. */
import { hasTmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { dismissWorkers, handsOf } from '../testing/handoff-hands.ts';
import {
  ANSWER,
  type HandoffWorld,
  openHandoffWorld,
  writeDocument,
} from '../testing/handoff-world.ts';

const SLOW = { timeout: 120_000 };

async function serversOf({ servers }: HandoffWorld) {
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new Error('two servers');
  return Promise.resolve({ first, second });
}

/** A handoff whose document is complete, and which nobody moves on. */
async function written(world: HandoffWorld) {
  const { body } = await world.request();
  const { id } = body;
  await world.answer(world.agentId, /document\]/, 'I will.');
  await world.until(id, 'asked');
  await dismissWorkers(world.pool);
  await writeDocument(await world.handoff(id));
  const { first } = await serversOf(world);
  const look = handsOf(first);
  const mark = await look(id);
  expect((await world.handoff(id)).state).toBe('asked');
  return { id, mark };
}

/** What each of the two agents was told. */
async function texts({ promptsOf }: HandoffWorld, id: number): Promise<string[]> {
  return (await promptsOf(id))
    .map(({ text }) => text.split('\n')[0]?.slice(0, 40) ?? '')
    .toSorted();
}

describe.skipIf(!(await hasTmux())).concurrent('a handoff in two hands', SLOW, () => {
  for (const step of ['written', 'launching'] as const) {
    test(`X7: both at "${step}", and the Stop of the predecessor between them`, async () => {
      await using world = await openHandoffWorld({ servers: 2 });
      const { first, second } = await serversOf(world);
      const [one, two] = [handsOf(first), handsOf(second)];
      await world.api('POST', `/api/agents/${world.agentId}/prompts`, { text: 'given before' });
      const { id, mark } = await written(world);
      await one(id, mark);
      expect((await world.handoff(id)).state).toBe('written');
      let heir = 0;
      if (step === 'launching') {
        await one(id);
        const [launch] = await world.launches();
        if (launch === undefined) throw new Error('no launch');
        heir = await world.arrive(launch);
      }
      await world.hookOf(world.agentId, 'UserPromptSubmit', { prompt: 'by hand', prompt_id: 'h' });
      using write = stopNextWrite(first);
      const slow = one(id);
      await write.reached;
      let done = false;
      const quick = two(id).finally(() => (done = true));
      await waitsOrDone(second, async () => Promise.resolve(done));
      const stop = world.hookOf(world.agentId, 'Stop', {
        prompt_id: 'h',
        last_assistant_message: 'over',
      });
      write.goOn();
      await Promise.all([slow, quick, stop]);
      expect(await world.launches()).toHaveLength(1);
      const agent = (await world.agents()).find((each) => each.id === world.agentId);
      expect(agent).toMatchObject({ state: 'complete', attention: 'your_turn' });
      if (step === 'written') return;
      expect((await world.handoff(id)).successorId).toBe(heir);
      expect(agent).toMatchObject({ successorId: heir });
      expect(await texts(world, heir)).toEqual([
        expect.stringContaining(`[headspace handoff ${id}: questions 1]`),
        expect.stringContaining(`[headspace handoff ${id}: start]`),
        'given before',
      ]);
    });
  }

  test('X7: many hands at every step, hooks on both servers: everything once', async () => {
    await using world = await openHandoffWorld({ servers: 2 });
    const { first, second } = await serversOf(world);
    const hands = [handsOf(first), handsOf(second)];
    const { agentId } = world;
    for (const text of ['one', 'two', 'three']) {
      await world.api('POST', `/api/agents/${agentId}/prompts`, { text });
    }
    const { id } = (await world.request()).body;
    let running = true;
    let turns = 0;
    // The workers of both servers are at it as well.
    const swarm = Array.from({ length: 4 }, async (_, n) => {
      let mark = '';
      while (running) mark = (await hands[n % 2]?.(id, mark)) ?? '';
    });
    const stops = (async () => {
      while (running) {
        const prompt_id = `own-${turns++}`;
        const { sessionId: session_id } = (await world.agents())[0] ?? {};
        const send = async (event: string, server: number) =>
          world.send({ event, server, payload: { session_id, prompt_id, prompt: 'own' } });
        await send('UserPromptSubmit', turns % 2);
        await Promise.all([send('Stop', 0), send('Stop', 1)]);
      }
    })();
    try {
      await world.answer(agentId, /document\]/, 'I will.');
      await writeDocument(await world.until(id, 'asked'));
      await world.until(id, 'launching');
      const [launch] = await world.launches();
      if (launch === undefined) throw new Error('no launch');
      const heir = await world.arrive(launch);
      await world.until(id, 'examining');
      await world.answer(heir, /start\]/, 'Read.');
      await world.answer(heir, /questions/, ANSWER);
      const done = await world.until(id, 'done', 'failed');
      expect(done).toMatchObject({ state: 'done', successorId: heir, exam: { score: 100 } });
      expect(await world.launches()).toHaveLength(1);
      expect(await texts(world, heir)).toEqual([
        expect.stringContaining('questions 1]'),
        expect.stringContaining('start]'),
        'one',
        'three',
        'two',
      ]);
      expect((await texts(world, agentId)).filter((text) => /document/.test(text))).toHaveLength(1);
    } finally {
      running = false;
      await Promise.allSettled([...swarm, stops]);
    }
    await Promise.all([...swarm, stops]);
    expect(turns).toBeGreaterThan(1);
    await waitUntil(async () => (await world.agents()).length === 2, { what: 'two agents' });
  });
});
