import type { RemoteAgentView } from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import { describe, expect, test } from 'vitest';
import { rowWaitOrDone, stopNextQuery } from '../testing/barrier.ts';
import { openRemoteWorld, type RemoteReply } from '../testing/remote-world.ts';

/** The insert of a launch, after everything that is asked before it. */
const isInsert = ({ text }: { text?: string }): boolean =>
  text?.includes('insert into launches') === true;

describe.skipIf(!(await hasTmux()))('X17', () => {
  test.each(['key', 'operator'] as const)(
    'X17: two creations by the %s with one idempotency key at once are one, never a 500',
    async (who) => {
      await using world = await openRemoteWorld({ servers: 2 });
      const [first] = world.servers;
      if (first === undefined) throw new Error('no server');
      const token = who === 'key' ? { token: (await world.key()).key } : {};
      const ask = async (server: number): Promise<RemoteReply<RemoteAgentView>> =>
        world.call('POST', '/api/remote-agents', {
          ...token,
          server,
          headers: { 'idempotency-key': 'same' },
          body: { project: world.project, prompt: 'hello' },
        });
      using stopped = stopNextQuery(first, isInsert);
      const early = ask(0);
      await stopped.reached;
      let answered = false;
      const late = ask(1).finally(() => (answered = true));
      await rowWaitOrDone(world.pool, () => answered);
      stopped.goOn();
      const replies = await Promise.all([early, late]);
      expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 202]);
      expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
      const { rows } = await world.pool.query('select from launches');
      expect(rows).toHaveLength(1);
    },
  );

  test('X17: the last place of a quota is given to one of two that ask at once', async () => {
    await using world = await openRemoteWorld({ servers: 2 });
    const [first] = world.servers;
    if (first === undefined) throw new Error('no server');
    const { key: token } = await world.key({ maxAgents: 1 });
    const ask = async (server: number): Promise<number> =>
      (
        await world.call('POST', '/api/remote-agents', {
          token,
          server,
          body: { project: world.project },
        })
      ).status;
    using stopped = stopNextQuery(first, isInsert);
    const early = ask(0);
    await stopped.reached;
    let answered = false;
    const late = ask(1).finally(() => (answered = true));
    await rowWaitOrDone(world.pool, () => answered);
    stopped.goOn();
    expect(await Promise.all([early, late])).toEqual([202, 429]);
  });

  test('X17: a key that is revoked while a creation waits starts nothing', async () => {
    await using world = await openRemoteWorld({ servers: 2 });
    const [first] = world.servers;
    if (first === undefined) throw new Error('no server');
    const { key: token, id } = await world.key();
    // It is admitted, and stands before the row of its key.
    using stopped = stopNextQuery(
      first,
      ({ text }) => text?.includes('for no key update') === true,
    );
    const asked = world.call('POST', '/api/remote-agents', {
      token,
      body: { project: world.project },
    });
    await stopped.reached;
    expect((await world.call('POST', `/api/keys/${id}/revoke`, { server: 1 })).status).toBe(200);
    stopped.goOn();
    expect((await asked).status).toBe(401);
    expect((await world.pool.query('select from launches')).rowCount).toBe(0);
  });
});
