/** A server for tests of the connection: real HTTP on loopback, told what to answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface LiveServer extends AsyncDisposable {
  origin: string;
  /** Requests so far, as `METHOD path`. */
  requests: string[];
  /** The streams that are open, oldest first. */
  streams: ServerResponse[];
  /** Sets the answer for a path (without its query). */
  on(path: string, handler: Handler): void;
  /** Sends a comment to every stream again and again. */
  beat(everyMs: number): { count(): number; stop(): void };
}

/** Answers a request with JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Starts one on a free port. `/api/events` opens a stream unless it is told otherwise. */
export async function startLiveServer(): Promise<LiveServer> {
  const handlers = new Map<string, Handler>();
  const streams: ServerResponse[] = [];
  const requests: string[] = [];
  handlers.set('/api/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\n');
    streams.push(response);
    response.on('close', () => streams.splice(streams.indexOf(response), 1));
  });
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const handler = handlers.get((request.url ?? '').split('?')[0] ?? '');
    if (handler) handler(request, response);
    else answerJson(response, 404, { title: 'There is nothing here', cure: 'Check the path.' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    streams,
    on: (path, handler) => handlers.set(path, handler),
    beat(everyMs) {
      let count = 0;
      const timer = setInterval(() => {
        count += 1;
        for (const stream of streams) stream.write(': ping\n\n');
      }, everyMs);
      return { count: () => count, stop: () => clearInterval(timer) };
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
