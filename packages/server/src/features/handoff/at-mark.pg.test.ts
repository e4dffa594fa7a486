/** Handoffs that begin by themselves, at a mark of context use. */
import type { HandoffView } from '@headspace/contract';
import { HOOK_HEADERS } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openPromptWorld, type PromptWorld } from '../../../tests/testing/prompt-world.ts';

const NEVER = 86_400_000;

async function open(atPercent: number): Promise<PromptWorld> {
  return openPromptWorld({
    servers: 2,
    settings: { 'handoff.atPercent': atPercent, 'contextPoller.intervalMs': NEVER },
  });
}

/** So many tokens of 200,000, as the status line tells it. */
async function line({ servers }: PromptWorld, tokens: number, at: number): Promise<void> {
  const [server] = servers;
  if (server === undefined) throw new Error('no server');
  const answer = await fetch(`${server.url}/hook/status-line`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
      [HOOK_HEADERS.sentAt]: String(at),
      [HOOK_HEADERS.host]: server.context.hostId,
    },
    body: JSON.stringify({
      session_id: 'session-1',
      prompt_id: 'p',
      model: { id: 'm', display_name: 'M' },
      context_window: { total_input_tokens: tokens, context_window_size: 200_000 },
    }),
  });
  expect(answer.status).toBe(204);
}

/** A look of the pollers of both servers at once. */
async function poll({ servers }: PromptWorld): Promise<void> {
  await Promise.all(
    servers.map(async ({ context }) => {
      const service = context.services.find(({ name }) => name === 'context-poller');
      if (service === undefined || !('tick' in service)) throw new Error('no poller');
      await (service as typeof service & { tick(): Promise<void> }).tick();
    }),
  );
}

const handoffs = async ({ api }: PromptWorld): Promise<HandoffView[]> =>
  (await api<{ handoffs: HandoffView[] }>('GET', '/api/handoffs')).body.handoffs;

test('an agent is asked when its context has reached the mark, once', async () => {
  await using world = await open(70);
  const now = Date.now();
  await line(world, 138_000, now);
  await poll(world);
  expect(await handoffs(world)).toEqual([]);
  await line(world, 142_000, now + 1);
  await poll(world);
  const [handoff, ...others] = await handoffs(world);
  expect(handoff).toMatchObject({
    agentId: world.agentId,
    trigger: 'context',
    reason: 'context use has reached 70 %',
  });
  expect(others).toEqual([]);
  await waitUntil(async () => (await world.prompts()).length === 1, { what: 'the request' });
  await line(world, 160_000, now + 2);
  await poll(world);
  expect(await handoffs(world)).toHaveLength(1);
  await world.api('POST', `/api/handoffs/${handoff?.id ?? 0}/abandon`);
  await line(world, 170_000, now + 3);
  await poll(world);
  expect(await handoffs(world)).toHaveLength(1);
  expect((await world.prompts()).map(({ state }) => state)).toEqual(['cancelled']);
});

test('a person can ask for one that the mark has asked for in vain', async () => {
  await using world = await open(70);
  await line(world, 142_000, Date.now());
  await poll(world);
  const [first] = await handoffs(world);
  await world.api('POST', `/api/handoffs/${first?.id ?? 0}/abandon`);
  const path = `/api/agents/${world.agentId}/handoffs`;
  expect((await world.api('POST', path)).status).toBe(202);
});

test('without a mark nobody is asked, and nobody who has ended', async () => {
  await using never = await open(0);
  await line(never, 190_000, Date.now());
  await poll(never);
  expect(await handoffs(never)).toEqual([]);

  await using ended = await open(70);
  await line(ended, 190_000, Date.now());
  const event = { event: 'SessionEnd', payload: { session_id: 'session-1', reason: 'other' } };
  await ended.send(event);
  await ended.settled();
  await poll(ended);
  expect(await handoffs(ended)).toEqual([]);
});
