import type { HandoffView } from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import { describe, expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { type HandoffWorld, openHandoffWorld, writeDocument } from '../testing/handoff-world.ts';

const SLOW = { timeout: 120_000 };

const all = async ({ api }: HandoffWorld): Promise<HandoffView[]> =>
  (await api<{ handoffs: HandoffView[] }>('GET', '/api/handoffs')).body.handoffs;

/** What the agent was asked to write. */
const requests = async ({ promptsOf, agentId }: HandoffWorld) =>
  (await promptsOf(agentId)).filter(({ text }) => text.includes('document]'));

describe.skipIf(!(await hasTmux())).concurrent('two requests for a handoff', SLOW, () => {
  test('H7: the second one has read before the first one writes: one handoff, and 409', async () => {
    await using world = await openHandoffWorld({ servers: 2 });
    const [first, second] = world.servers;
    if (first === undefined || second === undefined) throw new Error('two servers');
    using write = stopNextWrite(first);
    const one = world.request({ reason: 'one' }, { server: 0 });
    await write.reached;
    let done = false;
    const two = world.request({ reason: 'two' }, { server: 1 }).finally(() => (done = true));
    await waitsOrDone(second, async () => Promise.resolve(done));
    write.goOn();
    const [a, b] = await Promise.all([one, two]);
    expect([a.status, b.status]).toEqual([202, 409]);
    expect(b.body).toMatchObject({
      code: 'handoff_open',
      detail: `Handoff ${a.body.id} of agent ${world.agentId} is open.`,
    });
    expect(await all(world)).toHaveLength(1);
  });

  test('H7: many at once on two servers, of different keys and of one: one handoff, one question', async () => {
    await using world = await openHandoffWorld({ servers: 2 });
    const keys = ['a', 'b', 'c', 'same', 'same', 'same', 'd', 'e'];
    const answers = await Promise.all(
      keys.map((key, index) => world.request({ key }, { server: index % 2 })),
    );
    const taken = answers.filter(({ status }) => status < 300);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(new Set(taken.map(({ body }) => body.id)).size).toBe(1);
    for (const { status, body } of answers) {
      if (status !== 409) continue;
      expect(body.code).toBe('handoff_open');
    }
    await world.answer(world.agentId, /document\]/, 'I will.');
    await world.until(taken[0]?.body.id ?? 0, 'asked');
    expect(await all(world)).toHaveLength(1);
    expect(await requests(world)).toHaveLength(1);
  });

  test('H7: one after the other, while the first one is in any step', async () => {
    await using world = await openHandoffWorld({ servers: 2 });
    const { body } = await world.request({ key: 'first' });
    const again = async (server: number) => {
      expect((await world.request({}, { server })).body.code).toBe('handoff_open');
      expect(await world.request({ key: 'first' }, { server })).toMatchObject({
        status: 200,
        body: { id: body.id },
      });
    };
    await again(1);
    await world.answer(world.agentId, /document\]/, 'I will.');
    const asked = await world.until(body.id, 'asked');
    await again(0);
    await writeDocument(asked);
    await world.until(body.id, 'launching');
    await again(1);
    const other = await world.request({ key: 'first', reason: 'another' });
    expect(other.body.code).toBe('key_reused');
    expect(await all(world)).toHaveLength(1);
    expect(await requests(world)).toHaveLength(1);
    expect(await world.launches()).toHaveLength(1);
  });

  test('H7: the table itself takes no second open handoff of an agent', async () => {
    await using world = await openHandoffWorld();
    const { body } = await world.request();
    const copy = `insert into handoffs (agent_id, idempotency_key, request, host, trigger, state,
        created_at, changed_at)
      select agent_id, 'copy', request, host, trigger, 'requested', now(), now()
      from handoffs where id = $1`;
    await expect(world.pool.query(copy, [body.id])).rejects.toThrow(/handoffs_open/);
  });
});
