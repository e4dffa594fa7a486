/** A model's API on loopback: speaks both protocols, counts every call, and fails as it is told. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';

export type StubAnswer =
  /** The JSON that is asked for, about what was sent. */
  | { readonly kind: 'line' }
  /** These words of the model. */
  | { readonly kind: 'words'; readonly words: string }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** These bytes as the whole body, with 200. */
  | { readonly kind: 'body'; readonly body: string }
  /** Half of an answer, then the connection breaks. */
  | { readonly kind: 'truncated' }
  /** No answer until the stub goes. */
  | { readonly kind: 'hang' };

export interface StubCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What stands between the marks. */
  readonly material: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ProviderStub extends AsyncDisposable {
  readonly url: string;
  /** Every request that was received whole, oldest first. */
  readonly calls: readonly StubCall[];
  /** Answers for the next calls; then lines again. */
  next(...answers: readonly StubAnswer[]): void;
  /** Every call waits for the end of this before it is answered. */
  hold(gate: Promise<unknown> | null): void;
}

const USAGE = { input: 100, output: 20 };

export async function createProviderStub(): Promise<ProviderStub> {
  const calls: StubCall[] = [];
  const planned: StubAnswer[] = [];
  let gate: Promise<unknown> | null = null;
  const server = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await readText(request)) as StubCall['body'];
      const path = request.url ?? '';
      const call = { path, headers: request.headers, material: materialOf(body), body };
      calls.push(call);
      const answer = planned.shift() ?? { kind: 'line' };
      await gate;
      send(response, call, answer);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    calls,
    next: (...answers) => void planned.push(...answers),
    hold: (promise) => void (gate = promise),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function materialOf(body: StubCall['body']): string {
  const messages = body['messages'] as { role: string; content: string }[];
  const content = messages.find(({ role }) => role === 'user')?.content ?? '';
  return content.replace(/^<data-[0-9a-f]+>\n/, '').replace(/\n<\/data-[0-9a-f]+>$/, '');
}

function send(response: ServerResponse, call: StubCall, answer: StubAnswer): void {
  const json = { 'content-type': 'application/json' };
  switch (answer.kind) {
    case 'hang':
      return;
    case 'status': {
      const headers = answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter };
      response.writeHead(answer.status, { ...json, ...headers });
      response.end(JSON.stringify({ error: { message: `stub says ${answer.status}` } }));
      return;
    }
    case 'body':
      response.writeHead(200, json).end(answer.body);
      return;
    case 'truncated': {
      const whole = wire(call, lineFor(call.material));
      response.writeHead(200, { ...json, 'content-length': whole.length });
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
      return;
    }
    case 'words':
      response.writeHead(200, json).end(wire(call, answer.words));
      return;
    default:
      response.writeHead(200, json).end(wire(call, lineFor(call.material)));
  }
}

function lineFor(material: string): string {
  const ids = [...material.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id));
  if (material.includes('"objective"')) {
    return JSON.stringify({
      scores: ids.map((agentId, n) => ({ agentId, score: 90 - n, reason: 'as the stub says' })),
    });
  }
  const last = material.split('\n').at(-1) ?? '';
  return JSON.stringify({ line: `stub: ${last.slice(0, 60)}`, frustration: 3 });
}

function wire({ path }: StubCall, words: string): string {
  if (path.endsWith('/v1/messages')) {
    return JSON.stringify({
      content: [{ type: 'text', text: words }],
      stop_reason: 'end_turn',
      usage: { input_tokens: USAGE.input, output_tokens: USAGE.output },
    });
  }
  return JSON.stringify({
    choices: [{ message: { role: 'assistant', content: words }, finish_reason: 'stop' }],
    usage: { prompt_tokens: USAGE.input, completion_tokens: USAGE.output },
  });
}
