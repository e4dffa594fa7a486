import { connect, type Socket } from 'node:net';
import { createTestDatabase, rawRequest, readSse, type SseEvent } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { describe, expect, test } from 'vitest';
import type { ContextOverrides } from '../../context.ts';

async function server(
  options: {
    settings?: { 'events.maxStreams'?: number };
    overrides?: ContextOverrides;
  } = {},
): Promise<TestServer & AsyncDisposable> {
  const database = await createTestDatabase();
  const started = await startTestServer({ database, ...options });
  return Object.assign(started, {
    async [Symbol.asyncDispose]() {
      await started.stop();
      await database[Symbol.asyncDispose]();
    },
  });
}

/** Messages into the outbox in this order, committed and announced. */
async function announce({ context }: TestServer, texts: readonly string[]): Promise<void> {
  await context.pool.query(
    `insert into outbox (type, message) select 'test', t from unnest($1::text[]) with ordinality
       as r(t, n) order by n`,
    [texts.map((text) => JSON.stringify(text))],
  );
  context.events.nudge();
}

const read = (
  { url, operatorToken }: TestServer,
  query = '',
  headers: Record<string, string> = {},
): AsyncGenerator<SseEvent, void, void> =>
  readSse(`${url}/api/events${query}`, { token: operatorToken, headers });

async function next(events: AsyncGenerator<SseEvent, void, void>): Promise<SseEvent | undefined> {
  for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
    if (!event.comment) return event;
  }
  return undefined;
}

describe('GET /api/events', () => {
  test('tells the cursor first, then each message with its id', async () => {
    await using one = await server();
    const events = read(one);
    expect(await next(events)).toMatchObject({ id: '0', type: undefined, data: undefined });
    await announce(one, ['a', 'b']);
    expect(await next(events)).toMatchObject({ id: '1', type: 'test', data: '"a"' });
    expect(await next(events)).toMatchObject({ id: '2', type: 'test', data: '"b"' });
    await events.return();
  });

  test('sends the headers that keep proxies from holding it back', async () => {
    await using one = await server();
    const response = await fetch(`${one.url}/api/events`, {
      headers: { authorization: `Bearer ${one.operatorToken}` },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    await response.body?.cancel();
  });

  test('goes on after Last-Event-ID, which goes before the address, on any process', async () => {
    await using one = await server();
    await using other = await startTestServer({
      database: { url: one.context.connectionString },
    });
    await announce(one, ['a', 'b', 'c']);
    await waitUntil(async () => (await one.context.events.cursor()) === '3', { what: 'announced' });
    const first = async (query: string, headers?: Record<string, string>) => {
      const events = read(other, query, headers);
      await next(events);
      const event = await next(events);
      await events.return();
      return event?.id;
    };
    expect(await first('?after=0')).toBe('1');
    expect(await first('?after=0', { 'last-event-id': '1' })).toBe('2');
    expect(await first('?after=2', { 'last-event-id': '' })).toBe('3');
  });

  test('answers a cursor that means nothing here with a reset to the present end', async () => {
    await using one = await server();
    await announce(one, ['a', 'b']);
    await waitUntil(async () => (await one.context.events.cursor()) === '2', { what: 'announced' });
    for (const cursor of ['7', '-1', 'abc', '9'.repeat(30)]) {
      const events = read(one, '', { 'last-event-id': cursor });
      const reset = { id: '2', type: 'stream.reset', data: '{"type":"stream.reset"}' };
      expect(await next(events), cursor).toMatchObject(reset);
      await events.return();
    }
  });

  test('shows that the line is alive by comments', async () => {
    await using one = await server({ overrides: { heartbeatMs: 10 } });
    const events = read(one);
    await events.next();
    expect((await events.next()).value).toMatchObject({ comment: true });
    await events.return();
  });

  test('refuses readers beyond the limit, and takes them again when one has gone', async () => {
    await using one = await server({ settings: { 'events.maxStreams': 2 } });
    const readers = [read(one), read(one)];
    for (const reader of readers) await reader.next();
    const headers = { authorization: `Bearer ${one.operatorToken}` };
    const refused = await rawRequest(one.url, { path: '/api/events', headers });
    expect(refused.status).toBe(503);
    expect(refused.body).toContain('"code":"too_many_streams"');
    expect(refused.headers['retry-after']).toBe('10');
    await readers[0]?.return();
    await waitUntil(() => one.context.events.readers === 1, { what: 'the reader is gone' });
    const again = read(one);
    expect(await next(again)).toMatchObject({ id: '0' });
    await Promise.all([again.return(), readers[1]?.return()]);
  });

  test('ends at once when the server stops, and says so', async () => {
    await using one = await server();
    const events = read(one);
    await next(events);
    const last = next(events);
    const began = performance.now();
    await one.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    const end = JSON.stringify({ type: 'stream.end', reason: 'shutting_down' });
    expect(await last).toMatchObject({ type: 'stream.end', id: undefined, data: end });
    expect((await events.next()).done).toBe(true);
  });
});

describe('a reader that does not read', () => {
  /** A connection that asks for the stream and then leaves everything unread. */
  function deafReader({ url, operatorToken }: TestServer): Socket {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    socket.write(
      `GET /api/events?after=0 HTTP/1.1\r\nHost: ${hostname}\r\n` +
        `Authorization: Bearer ${operatorToken}\r\n\r\n`,
    );
    socket.pause();
    return socket;
  }

  /** More than kernel and process buffer for one connection. */
  const flood = Array.from({ length: 60 }, (_, n) => `${n} `.padEnd(500_000, 'x'));

  test('is told and ended when it has fallen out of the buffer; the others go on', async () => {
    await using one = await server({ overrides: { ringBytes: 2_000_000 } });
    const quick = read(one);
    await next(quick);
    const deaf = deafReader(one);
    await waitUntil(() => one.context.events.readers === 2, { what: 'both read' });
    await announce(one, ['first']);
    await next(quick);
    for (const text of flood) {
      await announce(one, [text]);
      expect((await next(quick))?.data).toBe(JSON.stringify(text));
    }
    const received: Buffer[] = [];
    deaf.on('data', (chunk) => received.push(chunk)).resume();
    const ended = await waitUntil(
      () => {
        const text = Buffer.concat(received).toString();
        return text.includes('event: stream.end') ? text : undefined;
      },
      { what: 'it is told' },
    );
    expect(ended).toContain('"reason":"too_slow"');
    expect(ended.length).toBeLessThan(30_000_000);
    await waitUntil(() => one.context.events.readers === 1, { what: 'it is gone' });
    deaf.destroy();
    await quick.return();
  });

  test('is cut off where it never reads again', async () => {
    await using one = await server({ overrides: { stallMs: 50 } });
    const deaf = deafReader(one);
    const closed = new Promise((resolve) => deaf.once('close', resolve));
    await waitUntil(() => one.context.events.readers === 1, { what: 'it reads' });
    await announce(one, flood.slice(0, 40));
    await waitUntil(() => one.context.events.readers === 0, { what: 'it is gone' });
    deaf.resume();
    await closed;
  });
});
