/** One HTTP request exactly as it is written: any Host, any path, no redirects, no cookies. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface RawRequest {
  readonly method?: string;
  /** Sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** @param base address of the server, e.g. `http://127.0.0.1:5055` */
export async function rawRequest(base: string, what: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  const answered = Promise.withResolvers<RawAnswer>();
  const outgoing = request({
    hostname,
    port,
    agent: false,
    method: what.method ?? 'GET',
    path: what.path,
    headers: { ...what.headers },
  });
  outgoing.on('response', (incoming) => {
    text(incoming).then(
      (body) =>
        answered.resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
      answered.reject,
    );
  });
  outgoing.on('error', answered.reject);
  outgoing.end(what.body);
  return await answered.promise;
}
