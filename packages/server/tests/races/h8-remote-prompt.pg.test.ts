import type { CreatedApiKey, RemotePrompt } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openBridgeWorld } from '../testing/bridge-world.ts';
import { adoptAgent, callerOf } from '../testing/remote-world.ts';
import { stopNextWrite } from '../testing/barrier.ts';

test('H8: a remote agent that ends between the request and the send is sent nothing, and the caller is told', async () => {
  await using world = await openBridgeWorld();
  const { hooks, tmux, agentId } = world;
  const call = callerOf(hooks);
  const scopes = ['agents:read', 'agents:prompt'];
  const body = { name: 'h8', scopes, projects: ['/tmp'] };
  const { id: keyId, key: token } = (await call<CreatedApiKey>('POST', '/api/keys', { body })).body;
  const id = await adoptAgent(hooks, keyId, agentId);
  const path = `/api/remote-agents/${id}`;
  tmux.hold('look', 'after', async () => {
    await world.hook('SessionEnd', { reason: 'other' });
  });
  const asked = { token, body: { text: 'too late' } };
  const sent = await call<RemotePrompt>('POST', `${path}/prompts`, asked);
  expect(sent).toMatchObject({ status: 201, body: { state: 'queued' } });
  const told = await waitUntil(
    async () => {
      const prompt = `${path}/prompts/${sent.body.id}`;
      const reply = await call<RemotePrompt>('GET', prompt, { token });
      return reply.body.reason === null ? undefined : reply.body;
    },
    { what: 'a reason' },
  );
  expect(told).toMatchObject({ state: 'queued', reason: 'the agent has ended' });
  const status = await call('GET', `${path}?waitMs=30000&until=ended`, { token });
  expect(status.body).toMatchObject({ reached: true, status: 'ended' });
  expect(await world.submitted()).toEqual([]);
  expect(await world.pane.capture()).not.toContain('too late');
});

test('H8: one whose end is being written when the prompt comes takes none', async () => {
  await using world = await openBridgeWorld();
  const { hooks, agentId } = world;
  const [server] = hooks.servers;
  if (server === undefined) throw new Error('no server');
  const call = callerOf(hooks);
  const id = await adoptAgent(hooks, null, agentId);
  using end = stopNextWrite(server);
  const ended = world.hook('SessionEnd', { reason: 'other' });
  await end.reached;
  // Its row still says that it lives.
  const body = { text: 'too late' };
  const asked = call<{ code: string }>('POST', `/api/remote-agents/${id}/prompts`, { body });
  await waitUntil(() => server.context.locks.localState().waiting.length > 0, {
    everyMs: 5,
    what: 'the prompt waits for the lock',
  });
  end.goOn();
  expect(await asked).toMatchObject({ status: 409, body: { code: 'agent_ended' } });
  await ended;
  expect(await world.submitted()).toEqual([]);
});
