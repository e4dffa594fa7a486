import { createTestDatabase } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { expect, test } from 'vitest';
import { playFleet } from './fleet.ts';
import type { Target } from './play-target.ts';

const SPEED = 1000;

function targetOf(server: TestServer, own: boolean): Target {
  const { url, hookToken, operatorToken, context, paths } = server;
  return {
    url,
    hookToken,
    operatorToken,
    host: own ? context.hostId : 'demo-test',
    claudeFolder: own ? `${paths.home}/claude` : undefined,
    lost: new Promise(() => undefined),
    close: () => Promise.resolve(),
  };
}

interface Shown {
  readonly attention: string;
  readonly project: { readonly name: string };
}

async function get<T>(server: TestServer, path: string): Promise<T> {
  const answer = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });
  return (await answer.json()) as T;
}

const allApplied = (server: TestServer) =>
  waitUntil(
    async () => {
      const status = await get<{ pending: number; received: number }>(server, '/hook/status');
      return status.received > 0 && status.pending === 0;
    },
    { what: 'every event is applied' },
  );

test('a fleet plays once: each agent ends, in its project, and no event is parked', async () => {
  await using database = await createTestDatabase();
  await using server = await startTestServer({ database });
  const signal = new AbortController().signal;
  await playFleet(targetOf(server, true), { agents: 15, speed: SPEED, once: true, signal });
  await allApplied(server);
  const { agents } = await get<{ agents: Shown[] }>(server, '/api/agents?include=ended');
  expect(agents).toHaveLength(15);
  expect(agents.map(({ attention }) => attention)).toEqual(agents.map(() => 'ended'));
  expect(new Set(agents.map(({ project }) => project.name)).size).toBeGreaterThan(5);
  expect(await get(server, '/hook/status')).toMatchObject({ parked: 0, duplicate: 0 });
});

test('a stop leaves no agent at work on a server that goes on', async () => {
  await using database = await createTestDatabase();
  await using server = await startTestServer({ database });
  const stop = new AbortController();
  const { signal } = stop;
  const played = playFleet(targetOf(server, false), { agents: 6, speed: 5, once: false, signal });
  await waitUntil(
    async () => {
      const { agents } = await get<{ agents: Shown[] }>(server, '/api/agents');
      return agents.filter(({ attention }) => attention === 'working').length >= 3;
    },
    { what: 'agents are at work' },
  );
  stop.abort();
  await played;
  await allApplied(server);
  expect(await get(server, '/api/agents')).toMatchObject({ agents: [] });
});
