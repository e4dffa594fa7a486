/** `approve` against a real server. Decisions that press keys are in the server's own tests. */
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliHome, type CliHome } from '../testing/cli.ts';

let home: CliHome;
let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  home = cliHome();
  database = await createTestDatabase();
  server = await startTestServer({ database, home: home.paths.home });
  home.env['HEADSPACE_SERVER_PORT'] = new URL(server.url).port;
});
afterAll(async () => {
  await server.stop();
  await database[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

async function hook(slug: string, payload: object): Promise<void> {
  const answer = await fetch(`${server.url}/hook/${slug}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ session_id: 's1', cwd: '/home/dev/shop', ...payload }),
  });
  expect(answer.ok).toBe(true);
  await answer.arrayBuffer();
  await server.context.hooks.settled();
}

describe('headspace approve', () => {
  it('lists what agents wait for, and says what cannot be decided from here', async () => {
    expect(await home.run('approve')).toMatchObject({
      code: 0,
      stdout: 'No agent asks for an approval.\n',
    });
    await hook('session-start', { source: 'startup' });
    expect((await home.run('approve', 'shop')).stderr).toMatch(/asks for no approval/);
    await hook('permission-request', { tool_name: 'Bash', tool_input: { command: 'rm x' } });
    const listed = await home.run('approve');
    expect(listed.stdout).toMatch(
      /^APPROVAL +AGENT +WAITS +SCOPES +ASKS\n\d+ +shop \w+ +\S+ +- +Bash: rm x \(it runs outside tmux/,
    );
    const asJson = JSON.parse((await home.run('approve', '--json')).stdout) as {
      approvals: { id: number }[];
    };
    expect(asJson.approvals).toMatchObject([{ summary: 'Bash: rm x', decisions: [] }]);
    for (const name of ['shop', String(asJson.approvals[0]?.id)]) {
      const refused = await home.run('approve', name);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toMatch(/no tmux pane[^]*inside tmux/);
    }
  });

  it('refuses what makes no sense before anything is asked of the server', async () => {
    for (const [words, says] of [
      [['1', '--reason', 'x'], /--reason goes with deny only/],
      [['1', '--deny', '--scope', 'once'], /--scope goes with allow only/],
      [['1', '--scope', 'forever'], /Allowed choices are once, session, always/],
      [['--deny'], /not said what is decided on/],
      [['--scope', 'session'], /not said what is decided on/],
    ] as const) {
      const refused = await home.run('approve', ...words);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toMatch(says);
    }
  });
});
