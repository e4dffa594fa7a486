/** The command line's home with a real server on a database of its own, as one user has them. */
import { createTestDatabase } from '@headspace/testkit';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '@headspace/testkit/server';
import { cliHome, type CliHome } from './cli.ts';

export interface Served extends AsyncDisposable {
  readonly home: CliHome;
  readonly server: TestServer;
  /** Sends a hook of session `s1` in `/home/dev/shop`, unless said otherwise, and waits for its effect. */
  hook(slug: string, payload: object, headers?: Readonly<Record<string, string>>): Promise<void>;
}

export async function openServed(settings: TestServerOptions['settings'] = {}): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(cliHome());
  const database = stack.use(await createTestDatabase());
  const server = stack.use(await startTestServer({ database, home: home.paths.home, settings }));
  home.env['HEADSPACE_SERVER_PORT'] = new URL(server.url).port;
  const owned = stack.move();
  return {
    home,
    server,
    async hook(slug, payload, headers = {}) {
      const answer = await fetch(`${server.url}/hook/${slug}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.hookToken}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify({ session_id: 's1', cwd: '/home/dev/shop', ...payload }),
      });
      if (!answer.ok) throw new Error(`${slug} answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
      await server.context.hooks.settled();
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}
