/** Waits for remote agents: what they cost, and what ends them. */
import type { RemoteAgentStatus } from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import { describe, expect, test } from 'vitest';
import { openRemoteWorld } from '../../../tests/testing/remote-world.ts';

const PATH = '/api/remote-agents';

describe.skipIf(!(await hasTmux()))('waits', () => {
  test('hold no connection, are told of a change by another server, and are bounded', async () => {
    await using other = await openRemoteWorld({
      servers: 2,
      settings: {
        'database.poolSize': 1,
        'database.maxOverflow': 1,
        'remoteAgents.maxWaits': 20,
      },
    });
    const { key: token } = await other.key();
    const ask = { token, body: { project: other.project } };
    const { id } = (await other.call('POST', PATH, ask)).body;
    const [server] = other.servers;
    await expect
      .poll(async () => (await other.call('GET', `${PATH}/${id}`, { token })).body.status)
      .toBe('starting');
    const path = `${PATH}/${id}?waitMs=60000&until=ended`;
    const waits = Array.from({ length: 20 }, async () =>
      other.call<RemoteAgentStatus>('GET', path, { token }),
    );
    await expect.poll(() => server?.context.events.readers).toBe(20);
    const pool = server?.context.pool;
    await expect
      .poll(() => [(pool?.totalCount ?? 0) - (pool?.idleCount ?? 0), pool?.waitingCount])
      .toEqual([0, 0]);
    const more = await other.call<{ code: string }>('GET', path, { token });
    expect(more).toMatchObject({ status: 503, body: { code: 'too_many_waits' } });
    expect((await other.call('POST', `${PATH}/${id}/stop`, { token, server: 1 })).status).toBe(202);
    for (const wait of await Promise.all(waits)) {
      expect(wait.body).toMatchObject({ reached: true, status: 'stopped' });
    }
    expect(server?.context.events.readers).toBe(0);
  });

  test('end with the server', async () => {
    await using other = await openRemoteWorld();
    const { key: token } = await other.key();
    const asked = await other.call('POST', PATH, { token, body: { project: other.project } });
    const wait = other.call<RemoteAgentStatus>(
      'GET',
      `${PATH}/${asked.body.id}?waitMs=60000&until=ended`,
      { token },
    );
    const [server] = other.servers;
    // It has begun once somebody reads the stream.
    await expect.poll(() => server?.context.events.readers).toBe(1);
    await server?.stop();
    expect((await wait).body).toMatchObject({ reached: false });
  });
});
