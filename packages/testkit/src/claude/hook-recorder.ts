/** A receiver of hooks that only writes down what comes, for tests of the client itself. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import type { HookPayload } from '../recordings.ts';
import { waitUntil, type WaitOptions } from '../wait-until.ts';

export interface ReceivedHook {
  readonly event: string;
  readonly payload: HookPayload;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface HookRecorder extends AsyncDisposable {
  readonly url: string;
  /** Everything received, in the order of arrival. */
  readonly received: readonly ReceivedHook[];
  /** A settings block that sends these events: SessionStart by a command (http is skipped there), others by http. */
  settings(...events: readonly string[]): object;
  /** The next hook of this event after the one that the last call resolved to. */
  next(event: string, options?: WaitOptions): Promise<ReceivedHook>;
}

/** Starts the receiver on a free port of 127.0.0.1. It answers 204, as a monitor does. */
export async function createHookRecorder(): Promise<HookRecorder> {
  const received: ReceivedHook[] = [];
  let position = 0;
  const server = createServer((request, response) => {
    void json(request)
      .then((body) => {
        const payload = body as HookPayload;
        const event = String(payload['hook_event_name']);
        received.push({ event, payload, headers: request.headers });
        response.writeHead(204).end();
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the recorder has no port');
  const url = `http://127.0.0.1:${address.port}/`;

  return {
    url,
    received,
    settings: (...events) => ({
      hooks: Object.fromEntries(events.map((event) => [event, [{ hooks: [hookFor(event, url)] }]])),
    }),
    async next(event, options = {}) {
      const from = position;
      const seen = (): string =>
        received
          .slice(from)
          .map((hook) => hook.event)
          .join(', ');
      const index = await waitUntil(
        () => {
          const found = received.findIndex((hook, at) => at >= from && hook.event === event);
          return found === -1 ? undefined : { found };
        },
        { what: () => `hook ${event}; seen instead: ${seen() || 'none'}`, ...options },
      );
      position = index.found + 1;
      const hook = received[index.found];
      if (hook === undefined) throw new Error('a received hook cannot be missing');
      return hook;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hookFor(event: string, url: string): object {
  if (event === 'SessionStart') {
    const headers = '-H "X-Claude-Pid: $PPID" -H "X-Tmux-Pane: $TMUX_PANE"';
    const command = `curl -s -m 3 -o /dev/null ${headers} --data-binary @- ${url} || true`;
    return { type: 'command', command, timeout: 5 };
  }
  return {
    type: 'http',
    url,
    timeout: 5,
    headers: { 'X-Tmux-Pane': '$TMUX_PANE' },
    allowedEnvVars: ['TMUX_PANE'],
  };
}
