/** `GET /api/events`: the stream as server-sent events (HTML standard, section 9.2). */
import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { anySignal } from '../../platform/any-signal.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { frame } from './batch.ts';
import type { Events } from './events.ts';
import type { StreamItem } from './subscription.ts';

export interface EventRoutesOptions {
  readonly events: Events;
  readonly maxStreams: number;
  /** Fires when the process stops; streams end at once and tell their readers to come back. */
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
  /** How long a reader may leave what was sent unread before its connection is cut. */
  readonly stallMs?: number;
}

const HEARTBEAT_MS = 15_000;
const STALL_MS = 30_000;
/** How soon a reader comes back; `EventSource` and the dashboard honour it. */
const RETRY_MS = 1_000;

export function eventRoutes(options: EventRoutesOptions): FastifyPluginAsync {
  let open = 0;
  return async (app) => {
    app.get('/api/events', async (request, reply) => {
      if (options.stopping.aborted) throw new HeadspaceError('shutting_down');
      if (open >= options.maxStreams) {
        throw new HeadspaceError('too_many_streams', undefined, { retryAfterSeconds: 10 });
      }
      open += 1;
      try {
        await serve(options, request, reply);
      } finally {
        open -= 1;
      }
    });
  };
}

async function serve(
  options: EventRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const signal = anySignal([gone.signal, options.stopping]);
  const items = options.events.subscribe({ after: cursorOf(request), signal });
  try {
    // The first item comes before the headers, so that a database that is down is a plain 503.
    const first = await items.next();
    if (first.done === true || gone.signal.aborted) {
      if (!gone.signal.aborted) throw new HeadspaceError('shutting_down');
      reply.hijack();
      return;
    }
    const raw = openStream(reply);
    const heartbeat = setInterval(() => {
      if (!raw.writableNeedDrain) raw.write(':\n\n');
    }, options.heartbeatMs ?? HEARTBEAT_MS);
    try {
      await send(raw, first.value, options, gone.signal);
      for await (const item of items) await send(raw, item, options, gone.signal);
      if (options.stopping.aborted) raw.write(end('shutting_down'));
    } catch (error) {
      // The headers are out: the reader comes back with its cursor, and is told then.
      request.log.warn({ err: error }, 'event stream ended');
      raw.write(end('error'));
    } finally {
      clearInterval(heartbeat);
      raw.end();
    }
  } finally {
    await items.return();
  }
}

/** `Last-Event-ID` goes before `?after=`: a browser repeats the address when it comes back. */
function cursorOf(request: FastifyRequest): number | null | undefined {
  const header = request.headers['last-event-id'];
  const query = (request.query as Record<string, unknown>)['after'];
  const text = header !== undefined && header !== '' ? header : query;
  if (text === undefined || text === '') return undefined;
  const position = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : null;
  return position !== null && Number.isSafeInteger(position) ? position : null;
}

function openStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  // Nothing follows a stream on its connection; a server that stops shall not wait for it.
  raw.shouldKeepAlive = false;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Asks nginx and its like not to hold the stream back.
    'x-accel-buffering': 'no',
  });
  raw.on('error', () => undefined); // The reader is gone; `close` follows.
  raw.socket?.setNoDelay(true);
  return raw;
}

async function send(
  raw: ServerResponse,
  item: StreamItem,
  options: EventRoutesOptions,
  gone: AbortSignal,
): Promise<void> {
  if (gone.aborted || raw.write(bytesOf(item))) return;
  const stalled = setTimeout(() => raw.destroy(), options.stallMs ?? STALL_MS);
  const signal = anySignal([gone, options.stopping]);
  const drained = Promise.withResolvers<void>();
  const done = (): void => drained.resolve();
  raw.once('drain', done);
  signal.addEventListener('abort', done, { once: true });
  await drained.promise;
  raw.off('drain', done);
  signal.removeEventListener('abort', done);
  clearTimeout(stalled);
}

function bytesOf(item: StreamItem): Buffer | string {
  switch (item.kind) {
    case 'messages':
      return item.bytes;
    case 'start':
      // An id without data sets the reader's cursor and is no event.
      return `retry: ${String(RETRY_MS)}\nid: ${String(item.last)}\n\n`;
    case 'reset':
      return frame(item.last, 'stream.reset', '{"type":"stream.reset"}');
    case 'end':
      return end(item.reason);
  }
}

/** A clear end, without an id so that the reader's cursor stays. */
function end(reason: 'too_slow' | 'shutting_down' | 'error'): string {
  const data = JSON.stringify({ type: 'stream.end', reason });
  return `event: stream.end\nretry: ${String(RETRY_MS)}\ndata: ${data}\n\n`;
}
