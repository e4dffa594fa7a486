import type { AgentView } from '@headspace/contract';
import { expect, onTestFinished, test, vi } from 'vitest';
import { agentOf } from '../model/agent-builder.ts';
import { createApi } from './api.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { answerJson, startLiveServer, type LiveServer } from './live-server.ts';

/** A page and its server, both ended with the test. */
async function setUp(options: ConnectionOptions = {}) {
  const server = await startLiveServer();
  const connection = new Connection(createApi(server.origin), {
    schedule: (task) => queueMicrotask(task),
    ...options,
  });
  onTestFinished(async () => {
    connection.stop();
    await server[Symbol.asyncDispose]();
  });
  return { server, connection };
}

const hold = (server: LiveServer, cursor: string, agents: AgentView[]) =>
  server.on('/api/agents', (_request, response) => answerJson(response, 200, { agents, cursor }));

const send = (server: LiveServer, id: number, agent: AgentView) =>
  server.streams.at(-1)?.write(
    `id: ${id}\nevent: agent.changed\ndata: ${JSON.stringify({
      type: 'agent.changed',
      agent,
      transitions: [],
      hookEventIds: [],
    })}\n\n`,
  );

const reasonsOf = (connection: Connection) =>
  [...connection.board.get().agents.values()].map((agent) => agent.reason);
const linkOf = (connection: Connection) => connection.link.get().name;
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

test('loads the snapshot, follows the stream from there, and goes on after a loss', async () => {
  const { server, connection } = await setUp();
  hold(server, '40', [agentOf({ id: 1, reason: 'snapshot' })]);
  void connection.start();
  await until(() => expect(linkOf(connection)).toBe('live'));
  expect(reasonsOf(connection)).toEqual(['snapshot']);
  send(server, 41, agentOf({ id: 1, reason: 'live' }));
  await until(() => expect(reasonsOf(connection)).toEqual(['live']));

  const seen: string[] = [];
  connection.link.subscribe(() => seen.push(linkOf(connection)));
  server.streams[0]?.destroy();
  await until(() => expect(seen).toEqual(['lost', 'live']));
  expect(server.requests).toEqual([
    'GET /api/agents',
    'GET /api/events?after=40',
    'GET /api/events?after=41',
  ]);
});

test('a reset fetches the list again, and lower positions count', async () => {
  const { server, connection } = await setUp();
  hold(server, '900', [agentOf({ id: 1, reason: 'old' }), agentOf({ id: 2 })]);
  void connection.start();
  await until(() => expect(server.streams).toHaveLength(1));
  hold(server, '5', [agentOf({ id: 1, reason: 'new' })]);
  server.streams[0]?.write('id: 4\nevent: stream.reset\ndata: {"type":"stream.reset"}\n\n');
  await until(() => expect(server.requests.at(-1)).toBe('GET /api/events?after=5'));
  expect(reasonsOf(connection)).toEqual(['new']);
});

test('what cannot be read is not skipped: the list is fetched again', async () => {
  const { server, connection } = await setUp();
  hold(server, '1', [agentOf({ id: 1, reason: 'one' })]);
  void connection.start();
  await until(() => expect(server.streams).toHaveLength(1));
  hold(server, '3', [agentOf({ id: 1, reason: 'three' })]);
  server.streams[0]?.write('id: 2\nevent: agent.changed\ndata: {"type":\n\n');
  await until(() => expect(reasonsOf(connection)).toEqual(['three']));
});

test('a stream that the server ends says why, and goes on from where it was', async () => {
  const { server, connection } = await setUp();
  hold(server, '7', []);
  void connection.start();
  await until(() => expect(server.streams).toHaveLength(1));
  const errors: string[] = [];
  connection.link.subscribe(() => {
    const link = connection.link.get();
    if (link.name === 'lost') errors.push(link.error.message);
  });
  const end = JSON.stringify({ type: 'stream.end', reason: 'shutting_down' });
  server.streams[0]?.write(`event: stream.end\ndata: ${end}\n\n`);
  await until(() => expect(server.requests).toHaveLength(3));
  expect(server.requests.at(-1)).toBe('GET /api/events?after=7');
  expect(errors).toEqual(['The server is stopping or restarting']);
});

test('a silent line is given up, and kept while comments come', async () => {
  const { server, connection } = await setUp({ silenceMs: 150 });
  hold(server, '1', []);
  void connection.start();
  await until(() => expect(linkOf(connection)).toBe('live'));
  const first = server.streams[0];
  const beat = server.beat(30);
  await until(() => expect(beat.count()).toBeGreaterThan(15));
  expect(server.streams).toEqual([first]);
  beat.stop();
  await until(() => expect(linkOf(connection)).toBe('lost'));
  const link = connection.link.get();
  expect(link.name === 'lost' && link.error.message).toBe('The event stream fell silent');
});

test('without a session the login form is shown; a right token goes on, a wrong one says so', async () => {
  const { server, connection } = await setUp();
  let loggedIn = false;
  server.on('/api/agents', (_request, response) =>
    loggedIn
      ? answerJson(response, 200, { agents: [agentOf({ id: 1 })], cursor: '1' })
      : answerJson(response, 401, { title: 'The token is missing or wrong', cure: 'x' }),
  );
  server.on('/api/login', (request, response) => {
    request.on('data', (body: Buffer) => {
      loggedIn = body.toString() === '{"token":"right"}';
      if (loggedIn) response.writeHead(204).end();
      else answerJson(response, 401, { title: 'The token is missing or wrong', cure: 'x' });
    });
  });
  await connection.start();
  expect(connection.link.get()).toEqual({ name: 'login', error: null, token: '' });
  await connection.start('wrong');
  const link = connection.link.get();
  expect(link.name === 'login' && link.error?.status).toBe(401);
  void connection.start('right');
  await until(() => expect(linkOf(connection)).toBe('live'));
});

test('losing the session while live empties the board', async () => {
  const { server, connection } = await setUp();
  hold(server, '1', [agentOf({ id: 1 })]);
  void connection.start();
  await until(() => expect(linkOf(connection)).toBe('live'));
  server.on('/api/events', (_request, response) => answerJson(response, 401, { title: 'no' }));
  server.streams[0]?.destroy();
  await until(() => expect(linkOf(connection)).toBe('login'));
  expect(connection.board.get().agents.size).toBe(0);
});

test('a token is kept for another try when the server does not answer', async () => {
  const { server, connection } = await setUp();
  await server[Symbol.asyncDispose]();
  await connection.start('kept');
  expect(connection.link.get()).toMatchObject({ name: 'login', token: 'kept' });
});

test('a server that refuses says why, and is asked again when the reader wants', async () => {
  const { server, connection } = await setUp();
  server.on('/api/agents', (_request, response) => {
    response.setHeader('retry-after', '600');
    answerJson(response, 503, { title: 'The database cannot be reached', cure: 'Try again.' });
  });
  void connection.start();
  await until(() => expect(linkOf(connection)).toBe('lost'));
  const link = connection.link.get();
  expect(link).toMatchObject({ heardAt: null, error: { status: 503, cure: 'Try again.' } });
  expect(link.name === 'lost' && link.retryAt - Date.now()).toBeGreaterThan(590_000);
  hold(server, '1', []);
  connection.retryNow();
  await until(() => expect(linkOf(connection)).toBe('live'));
});

test('ended agents are fetched when asked for, and from then on', async () => {
  const { server, connection } = await setUp();
  const ended = agentOf({ id: 2, attention: 'ended', reason: 'over' });
  server.on('/api/agents', (request, response) =>
    answerJson(response, 200, {
      agents: request.url?.includes('include=ended') ? [ended] : [],
      cursor: '1',
    }),
  );
  void connection.start();
  await until(() => expect(linkOf(connection)).toBe('live'));
  expect(reasonsOf(connection)).toEqual([]);
  await connection.loadEnded();
  expect(reasonsOf(connection)).toEqual(['over']);
  server.streams[0]?.write('id: 4\nevent: stream.reset\ndata: {}\n\n');
  await until(() => expect(server.requests.at(-2)).toBe('GET /api/agents?include=ended'));
});
