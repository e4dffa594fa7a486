import { createServer, connect, type Server, type Socket } from 'node:net';
import { rawRequest, readSse, startPostgres, type RawAnswer } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';

const hook = async (server: TestServer, id: string): Promise<RawAnswer> =>
  await rawRequest(server.url, {
    method: 'POST',
    path: '/hook/stop',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
      'x-headspace-event-id': id,
    },
    body: JSON.stringify({ session_id: 's', hook_event_name: 'Stop' }),
  });

const get = async (server: TestServer, path: string): Promise<RawAnswer> =>
  await rawRequest(server.url, {
    path,
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });

const API = ['/api/agents', '/api/events', '/api/advisory-locks', '/hook/status'];

function expectUnavailable(answer: RawAnswer, what: string): void {
  expect(answer.status, what).toBe(503);
  expect(JSON.parse(answer.body), what).toMatchObject({
    code: 'database_unavailable',
    status: 503,
  });
  expect(answer.headers['retry-after'], what).toMatch(/^\d+$/);
  expect(answer.body, what).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
}

test('a database that crashes: 503 with Retry-After, alive, and back by itself', async () => {
  await using postgres = await startPostgres({ durable: true });
  await using server = await startTestServer({ database: postgres });
  const reader = readSse(`${server.url}/api/events`, { token: server.operatorToken });
  await reader.next();
  expect((await hook(server, 'before')).status).toBe(204);
  expect((await reader.next()).value).toMatchObject({ id: '1' });

  await postgres.stop('immediate');
  for (const path of API) expectUnavailable(await get(server, path), path);
  expectUnavailable(await hook(server, 'during'), 'hook');
  expect((await rawRequest(server.url, { path: '/health/live' })).status).toBe(200);
  const ready = await rawRequest(server.url, { path: '/health/ready' });
  expect(ready.status).toBe(503);
  expect(JSON.parse(ready.body)).toMatchObject({ missing: ['the database does not answer'] });
  const metrics = await get(server, '/metrics');
  expect(metrics.status).toBe(200);
  expect(metrics.body).toMatch(/^headspace_database_up 0$/m);

  await postgres.restart();
  await waitUntil(async () => (await hook(server, 'after')).status === 204);
  for (const path of API.filter((each) => each !== '/api/events')) {
    expect((await get(server, path)).status, path).toBe(200);
  }
  // The reader was never cut off; what comes now follows what it had.
  expect((await reader.next()).value).toMatchObject({ id: '2', type: 'agent.changed' });
  await reader.return();
  await waitUntil(async () => (await get(server, '/health/ready')).status === 200);
}, 60_000);

/** Passes bytes on to the database, until it is told to swallow them. */
async function startRelay(
  target: string,
): Promise<{ url: string; swallow: (on: boolean) => void; close: () => void }> {
  const { hostname, port } = new URL(target);
  let swallowing = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk) => {
        if (!swallowing) to.write(chunk);
      });
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target);
  url.port = typeof address === 'object' && address !== null ? String(address.port) : '';
  return {
    url: url.href,
    swallow(on) {
      swallowing = on;
      // What was swallowed is gone for good: such a connection is of no more use.
      if (!on) for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a network that swallows everything does not stop the health routes', async () => {
  await using postgres = await startPostgres();
  const relay = await startRelay(postgres.url);
  await using server = await startTestServer({ database: relay });
  expect((await hook(server, 'before')).status).toBe(204);
  relay.swallow(true);
  const began = performance.now();
  const ready = await rawRequest(server.url, { path: '/health/ready' });
  expect(ready.status).toBe(503);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect((await rawRequest(server.url, { path: '/health/live' })).status).toBe(200);
  relay.swallow(false);
  await waitUntil(async () => (await hook(server, 'after')).status === 204);
  await server.stop();
  relay.close();
}, 60_000);
