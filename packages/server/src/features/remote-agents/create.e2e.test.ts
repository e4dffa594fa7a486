/** Starts of remote agents: once per key, within quota and projects, cleaned up. Real tmux, two servers. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiKeyList, RemoteAgentView, type RemoteAgentStatus } from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { openRemoteWorld } from '../../../tests/testing/remote-world.ts';

const PATH = '/api/remote-agents';

describe.skipIf(!(await hasTmux()))('a remote agent', () => {
  test('is started once per idempotency key, of each caller its own', async () => {
    await using world = await openRemoteWorld({ servers: 2 });
    const { key: token } = await world.key();
    const { key: other } = await world.key();
    const headers = { 'idempotency-key': 'k1' };
    const ask = { token, headers, body: { project: world.project, prompt: 'hello' } };
    const first = await world.call('POST', PATH, ask);
    expect(first).toMatchObject({ status: 202, body: { agentId: null, agent: null } });
    RemoteAgentView.parse(first.body);
    const again = await world.call('POST', PATH, { ...ask, server: 1 });
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id } });
    const changed = { ...ask, body: { project: world.project, prompt: 'bye' } };
    const refused = await world.call('POST', PATH, changed);
    expect(refused).toMatchObject({ status: 409, body: { code: 'key_reused' } });
    const others = await world.call('POST', PATH, { ...ask, token: other });
    expect(others.status).toBe(202);
    expect(others.body.id).not.toBe(first.body.id);
  });

  test('without guardrails is refused, and nothing is started', async () => {
    await using world = await openRemoteWorld();
    await rm(join(world.servers[0]?.paths.home ?? '', 'guardrails.md'));
    const { key: token } = await world.key();
    const body = { project: world.project };
    const refused = await world.call('POST', PATH, { token, body });
    expect(refused).toMatchObject({ status: 422, body: { code: 'persona_unusable' } });
    const { rows } = await world.pool.query('select from remote_agents');
    expect([rows, await world.sessions()]).toEqual([[], []]);
  });

  test('quota of 5, 20 requests at once over two servers: exactly 5', async () => {
    await using world = await openRemoteWorld({ servers: 2 });
    const { key: token, id } = await world.key({ maxAgents: 5 });
    const body = { project: world.project };
    const asked = Array.from({ length: 20 }, async (_, n) =>
      world.call<RemoteAgentView & { code?: string }>('POST', PATH, {
        token,
        body,
        server: n % 2,
        headers: { 'idempotency-key': `k${n}` },
      }),
    );
    const replies = await Promise.all(asked);
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(5);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(15);
    expect(refused[0]?.body.code).toBe('quota_exceeded');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    const { rows } = await world.pool.query('select from remote_agents');
    expect(rows).toHaveLength(5);
    const list = ApiKeyList.parse((await world.call('GET', '/api/keys')).body);
    expect(list.keys.find((key) => key.id === id)).toMatchObject({ agents: 5, maxAgents: 5 });
    // What was granted can be asked for again; one that was stopped makes room.
    const granted = replies.findIndex(({ status }) => status === 202);
    const headers = { 'idempotency-key': `k${granted}` };
    expect((await world.call('POST', PATH, { token, body, headers })).status).toBe(200);
    const stopped = replies[granted]?.body.id ?? '';
    expect((await world.call('POST', `${PATH}/${stopped}/stop`, { token })).status).toBe(202);
    await world.until(stopped, 'stopped');
    expect((await world.call('POST', PATH, { token, body })).status).toBe(202);
    expect((await world.call('POST', PATH, { token, body })).status).toBe(429);
  });

  test('quota of an hour counts what has ended too, and says when there is room', async () => {
    let offsetMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + offsetMs };
    await using world = await openRemoteWorld({
      script: 'exit 1',
      overrides: { clock },
    });
    const { key: token } = await world.key({ maxPerHour: 2 });
    const body = { project: world.project };
    for (const _ of [1, 2]) {
      const { body: agent, status } = await world.call('POST', PATH, { token, body });
      expect(status).toBe(202);
      await world.until(agent.id, 'failed');
    }
    const refused = await world.call('POST', PATH, { token, body });
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(3_000);
    offsetMs += seconds * 1000;
    expect((await world.call('POST', PATH, { token, body })).status).toBe(202);
  });

  test('starts only in the projects of its key, whatever the path looks like', async () => {
    await using world = await openRemoteWorld();
    const { project, folder } = world;
    const { key: token } = await world.key();
    await mkdir(join(project, 'inner'));
    await mkdir(join(folder, 'shop-next-door'));
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(project, 'way-out'));
    await symlink(project, join(folder, 'way-in'));
    const status = async (name: string): Promise<number> =>
      (await world.call('POST', PATH, { token, body: { project: name } })).status;
    for (const inside of [project, join(project, 'inner'), join(folder, 'way-in'), 'shop']) {
      expect(await status(inside), inside).toBe(202);
    }
    for (const outside of [
      folder,
      `${project}/..`,
      join(project, 'way-out'),
      join(folder, 'shop-next-door'),
      join(folder, 'elsewhere'),
      join(folder, 'not-there'),
      'elsewhere',
      '/',
      '.',
    ]) {
      const { status: code, body } = await world.call<{ code: string }>('POST', PATH, {
        token,
        body: { project: outside },
      });
      expect([code, body.code], outside).toEqual([403, 'project_not_allowed']);
    }
    // The operator may start anywhere.
    const byOperator = await world.call('POST', PATH, { body: { project: folder } });
    expect(byOperator).toMatchObject({ status: 202, body: { key: null } });
  });

  test('that never reports fails at its deadline and leaves no terminal; whoever waits is told', async () => {
    await using world = await openRemoteWorld({ settings: { 'launches.deadlineMs': 3_000 } });
    const { key: token } = await world.key({ maxAgents: 1 });
    const asked = await world.call('POST', PATH, { token, body: { project: world.project } });
    const { id, version } = asked.body;
    await waitUntil(async () => (await world.sessions()).length === 1, { what: 'its terminal' });
    const changed = await world.call<RemoteAgentStatus>(
      'GET',
      `${PATH}/${id}?waitMs=30000&after=${version}`,
      { token },
    );
    expect(changed.body.reached).toBe(true);
    expect(changed.body.version).not.toBe(version);
    const over = await world.call<RemoteAgentStatus>(
      'GET',
      `${PATH}/${id}?waitMs=60000&until=your_turn`,
      { token },
    );
    expect(over.body).toMatchObject({
      reached: true,
      status: 'failed',
      reason: 'Claude Code did not report in time',
      agent: null,
    });
    await waitUntil(async () => (await world.sessions()).length === 0, { what: 'no terminal' });
    const prompt = { token, body: { text: 'hello' } };
    const late = await world.call('POST', `${PATH}/${id}/prompts`, prompt);
    expect(late).toMatchObject({ status: 409, body: { code: 'agent_ended' } });
    // It has given its place back.
    const next = await world.call('POST', PATH, { token, body: { project: world.project } });
    expect(next.status).toBe(202);
    const early = await world.call('POST', `${PATH}/${next.body.id}/prompts`, prompt);
    expect(early).toMatchObject({ status: 409, body: { code: 'agent_not_ready' } });
  });
});
