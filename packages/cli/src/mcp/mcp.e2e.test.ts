/** `headspace keys` and `headspace mcp`, with a real server and the MCP client of the SDK over stdio. */
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RemoteAgentStatus, RemoteAgentView, RemotePrompt } from '@headspace/contract';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createTestDatabase } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { createTmux, hasTmux } from '@headspace/testkit/tmux';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliHome, type CliHome } from '../testing/cli.ts';

const BIN = fileURLToPath(new URL('../../bin/headspace.mjs', import.meta.url));

let home: CliHome;
let server: TestServer;
let folder: string;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  home = stack.use(cliHome());
  folder = await realpath(await mkdtemp(join(tmpdir(), 'headspace-mcp-')));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const tmux = stack.use(await createTmux());
  const database = stack.use(await createTestDatabase());
  const settings = {
    'launches.program': await programFile(folder),
    'launches.tmuxSocket': tmux.socketPath,
  };
  server = stack.use(await startTestServer({ database, home: home.paths.home, settings }));
  // Without guardrails no program may start an agent.
  await writeFile(join(home.paths.home, 'guardrails.md'), 'Be kind.\n');
  home.env['HEADSPACE_SERVER_PORT'] = new URL(server.url).port;
});
afterAll(async () => stack.disposeAsync());

/** In the place of Claude Code: tells of itself as its hooks do, and stays. */
async function programFile(at: string): Promise<string> {
  const file = join(at, 'program');
  const script = `#!/bin/sh
. ${at}/hook
curl -s -X POST "$URL/hook/session-start" -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -H "X-Headspace-Launch: $HEADSPACE_LAUNCH" \\
  -H "X-Claude-Pid: $$" -H 'X-Claude-Entrypoint: cli' -H "X-Tmux: $TMUX" -H "X-Tmux-Pane: $TMUX_PANE" \\
  -d "{\\"session_id\\":\\"$HEADSPACE_LAUNCH\\",\\"source\\":\\"startup\\",\\"cwd\\":\\"$PWD\\"}"
exec sleep 600
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
  return file;
}

async function connect(key: string): Promise<Client & AsyncDisposable> {
  await writeFile(join(folder, 'hook'), `URL=${server.url}\nTOKEN=${server.hookToken}\n`);
  const client = new Client({ name: 'test', version: '1' });
  const env = { ...home.env, PATH: process.env['PATH'] ?? '', HEADSPACE_API_KEY: key };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [BIN, 'mcp'], env }),
  );
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.close() });
}

interface Result<T> {
  readonly isError: boolean;
  readonly text: string;
  readonly value: T;
}

async function tool<T = RemoteAgentView>(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Result<T>> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [first] = content;
  const text = first?.type === 'text' ? first.text : '';
  const value = isError === true ? undefined : JSON.parse(text);
  return { isError: isError === true, text, value: value as T };
}

async function makeKey(...more: string[]): Promise<string> {
  const made = await home.run('keys', 'create', 'mcp test', '--project', folder, ...more);
  expect(made).toMatchObject({ code: 0 });
  return made.stdout.trim();
}

describe.skipIf(!(await hasTmux()))('remote agents from the command line', () => {
  it('keys are made, listed without their secret, and revoked', async () => {
    const key = await makeKey('--max-agents', '2', '--expires-in-days', 'never');
    expect(key).toMatch(/^hs_\d+_[\w-]{43}$/);
    const list = await home.run('keys', 'list');
    expect(list.stdout).toMatch(/mcp test +active +0\/2 +never +never +create,read,prompt,stop/);
    expect(list.stdout).not.toContain(key.slice(-43));
    const id = key.split('_')[1] ?? '';
    expect((await home.run('keys', 'revoke', id)).stdout).toBe(
      `Key ${id} (mcp test) is revoked.\n`,
    );
    const json = JSON.parse((await home.run('keys', 'list', '--json')).stdout) as {
      keys: { id: number; state: string }[];
    };
    expect(json.keys.find((one) => one.id === Number(id))?.state).toBe('revoked');
    for (const wrong of [
      ['keys', 'create', 'x', '--project', folder, '--scope', 'everything'],
      ['keys', 'create', 'x', '--project', folder, '--max-agents', 'many'],
      ['keys', 'create', 'x'],
      ['keys', 'revoke', 'x'],
    ]) {
      expect((await home.run(...wrong)).code, wrong.join(' ')).toBe(2);
    }
    expect((await home.run('keys', 'revoke', '999')).stderr).toContain('There is no key 999');
    const nowhere = await home.run('keys', 'create', 'x', '--project', join(folder, 'no'));
    expect(nowhere.stderr).toContain('is not a directory');
  });

  it('an MCP client starts, prompts, waits for, reads and stops an agent', async () => {
    await using client = await connect(
      await makeKey('--scope', 'agents:create', 'agents:read', 'agents:prompt', 'agents:stop'),
    );
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual([
      'agent_status',
      'answer_dialog',
      'create_agent',
      'list_agents',
      'read_dialog',
      'read_turns',
      'send_prompt',
      'stop_agent',
      'wait_for_agent',
    ]);
    const { value: created } = await tool(client, 'create_agent', { project: folder });
    const agent = created.id;
    const running = await tool<RemoteAgentStatus>(client, 'wait_for_agent', {
      agent,
      until: ['running'],
    });
    expect(running.value).toMatchObject({ reached: true, status: 'running', id: agent });
    const sent = await tool<RemotePrompt>(client, 'send_prompt', { agent, text: 'hello' });
    expect(sent, sent.text).toMatchObject({ isError: false, value: { text: 'hello' } });
    const short = { agent, until: ['your_turn'], seconds: 1 };
    const waited = await tool<RemoteAgentStatus>(client, 'wait_for_agent', short);
    expect(waited.value.reached).toBe(false);
    const turns = await tool<{ turns: unknown[] }>(client, 'read_turns', { agent });
    expect(turns.value.turns).toEqual([]);
    expect((await tool(client, 'agent_status', { agent })).value.id).toBe(agent);
    const list = await tool<{ agents: { id: string }[] }>(client, 'list_agents');
    expect(list.value.agents.map(({ id }) => id)).toEqual([agent]);
    const refused = await tool(client, 'answer_dialog', { agent, option: 1, expect: 'x' });
    expect(refused).toMatchObject({ isError: true });
    expect(refused.text).toMatch(/^scope_missing: .*agents:approve/);
    expect((await tool(client, 'read_dialog', { agent })).isError).toBeTypeOf('boolean');
    expect((await tool(client, 'stop_agent', { agent })).isError).toBe(false);
    const over = await tool<RemoteAgentStatus>(client, 'wait_for_agent', {
      agent,
      until: ['ended'],
    });
    expect(over.value.reached).toBe(true);
    const outside = await tool(client, 'create_agent', { project: '/' });
    expect(outside.text).toMatch(/^project_not_allowed/);
    const wrong = await tool(client, 'agent_status', { agent: 'x' });
    expect(wrong.isError).toBe(true);
  });

  it('without a key it says what to do; with a wrong one the tools do', async () => {
    const missing = await home.run('mcp');
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toContain('HEADSPACE_API_KEY is not set');
    await using client = await connect(`hs_1_${'x'.repeat(43)}`);
    expect((await tool(client, 'list_agents')).text).toMatch(/^unauthorized/);
  });
});
