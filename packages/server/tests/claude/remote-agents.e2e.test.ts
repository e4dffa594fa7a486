/** Remote agents in the real Claude Code, from the request of a program to the end. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  CreatedApiKey,
  EmbedToken,
  RemoteAgentStatus,
  RemoteAgentView,
  RemoteApproval,
  RemoteApprovalResult,
  RemotePrompt,
  RemoteTurns,
} from '@headspace/contract';
import { noteNotRun } from '@headspace/testkit';
import { bash, installClaude, say, useTools } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { type ClaudeWorld, openFallibleWorld, openWorld } from '../testing/claude-world.ts';
import { callerOf, type RemoteReply } from '../testing/remote-world.ts';

const install = await installClaude();
const SLOW = { timeout: 240_000 };
const AGENTS = '/api/remote-agents';

interface Program {
  readonly token: string;
  call<T = RemoteAgentView>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<RemoteReply<T>>;
  /** Asks again until one of the words is reached. */
  wait(id: string, until: string): Promise<RemoteAgentStatus>;
}

async function programOf(world: ClaudeWorld): Promise<Program> {
  // Without guardrails no program may start an agent.
  await writeFile(join(world.claude.home, '.headspace', 'guardrails.md'), 'Be kind.\n');
  const call = callerOf({
    get servers() {
      return [world.address()];
    },
  });
  const scopes = ['create', 'read', 'prompt', 'approve', 'stop'].map((one) => `agents:${one}`);
  const body = { name: 'program', scopes, projects: [world.claude.projectFolder] };
  const { key: token } = (await call<CreatedApiKey>('POST', '/api/keys', { body })).body;
  const program: Program = {
    token,
    call: async (method, path, sent, headers = {}) =>
      call(method, path, { token, headers, ...(sent === undefined ? {} : { body: sent }) }),
    async wait(id, until) {
      for (let tries = 0; tries < 10; tries++) {
        const path = `${AGENTS}/${id}?waitMs=20000&until=${until}`;
        const { body: status } = await program.call<RemoteAgentStatus>('GET', path);
        if (status.reached) return status;
      }
      throw new Error(`${id} never reached ${until}`);
    },
  };
  return program;
}

const sessions = async ({ claude }: ClaudeWorld): Promise<string[]> =>
  (await claude.tmux.run('list-sessions', '-F', '#{session_name}'))
    .split('\n')
    .filter((name) => name.startsWith('headspace-'));

describe.skipIf(!install.ok).concurrent('a remote agent in the real Claude Code', SLOW, () => {
  test('is created, talked to, allowed something, watched and stopped', async () => {
    await using world = await openWorld(install);
    const { model, claude } = world;
    model.on(/introduce/, say('I am the remote one.'));
    model.on(/push it/, useTools(bash('git push origin main')), say('Pushed or not.'));
    const program = await programOf(world);
    const asked = await program.call('POST', AGENTS, {
      project: claude.projectFolder,
      prompt: 'introduce yourself',
    });
    expect(asked).toMatchObject({ status: 202, body: { agent: null } });
    const { id } = asked.body;
    const path = `${AGENTS}/${id}`;
    const first = await program.wait(id, 'your_turn,needs_you,ended');
    expect(first).toMatchObject({ status: 'running', agent: { attention: 'your_turn' } });
    const turns = (await program.call<RemoteTurns>('GET', `${path}/turns`)).body;
    expect(afterGuardrails(turns)).toEqual(['introduce yourself', 'I am the remote one.']);

    const view = (
      await program.call<EmbedToken>('POST', `${path}/embed-tokens`, { access: 'read' })
    ).body;
    // Text is text: a program cannot run a shell command past the permissions by `!`.
    const sent = await program.call<RemotePrompt>('POST', `${path}/prompts`, {
      text: '!push it',
    });
    expect(sent.status).toBe(201);
    const asks = await program.wait(id, 'your_turn,needs_you,ended');
    expect(asks.agent).toMatchObject({ attention: 'needs_you', dialogs: [{ kind: 'permission' }] });
    const { dialog } = await waitUntil(
      async () => {
        const { body } = await program.call<RemoteApproval>('GET', `${path}/approvals`);
        return body.dialog === null ? undefined : body;
      },
      { what: 'the dialog', timeoutMs: 30_000 },
    );
    const wrong = { option: 1, expect: 'another' };
    expect((await program.call('POST', `${path}/approvals`, wrong)).status).toBe(409);
    const right = { option: 1, expect: dialog?.fingerprint };
    const done = await program.call<RemoteApprovalResult>('POST', `${path}/approvals`, right);
    expect(done).toMatchObject({ status: 200, body: { done: true } });
    const allowed = await program.wait(id, 'your_turn,ended');
    expect(allowed.agent?.attention).toBe('your_turn');
    const more = await program.call<RemoteTurns>('GET', `${path}/turns?after=${turns.next}`);
    expect(more.body.turns.at(-1)?.text).toBe('Pushed or not.');
    expect(more.body.turns.some(({ text }) => text.includes('!push it'))).toBe(true);

    const call = callerOf({ servers: [world.address()] });
    expect((await call('GET', path, { token: view.token })).status).toBe(200);
    expect((await program.call('POST', `${path}/stop`)).status).toBe(202);
    const over = await program.wait(id, 'ended');
    expect(['stopped', 'ended', 'stopping']).toContain(over.status);
    await waitUntil(async () => (await sessions(world)).length === 0, { what: 'no terminal' });
    await waitUntil(async () => (await program.call('GET', path)).body.status === 'stopped', {
      what: 'stopped',
    });
    const late = await program.call('POST', `${path}/prompts`, { text: 'hello?' });
    expect(late).toMatchObject({ status: 409, body: { code: 'agent_ended' } });
    expect((await call('GET', path, { token: view.token })).status).toBe(401);
  });

  test('survives kill -9 of the server in the middle of its creation, and is there once', async () => {
    await using world = await openFallibleWorld(install);
    world.model.on(/introduce/, say('Still the one.'));
    const program = await programOf(world);
    const ask = async (): Promise<RemoteReply<RemoteAgentView>> =>
      program.call(
        'POST',
        AGENTS,
        { project: world.claude.projectFolder, prompt: 'introduce yourself' },
        { 'idempotency-key': 'mine' },
      );
    const { id } = (await ask()).body;
    // At once, and again while Claude Code starts: the row or the terminal is all there is.
    await world.killServer();
    await world.restartServer();
    await waitUntil(async () => (await sessions(world)).length === 1, {
      timeoutMs: 60_000,
      what: 'its terminal',
    });
    const waiting = program.call('GET', `${AGENTS}/${id}?waitMs=60000`).catch(() => 'cut off');
    await world.killServer();
    expect(await waiting).toBeDefined();
    await world.restartServer();
    const again = await ask();
    expect(again).toMatchObject({ status: 200, body: { id } });
    const done = await program.wait(id, 'your_turn,ended');
    expect(done).toMatchObject({ status: 'running', agent: { attention: 'your_turn' } });
    expect(await sessions(world)).toHaveLength(1);
    const turns = (await program.call<RemoteTurns>('GET', `${AGENTS}/${id}/turns`)).body;
    expect(afterGuardrails(turns)).toEqual(['introduce yourself', 'Still the one.']);
    expect(await world.board.agents()).toHaveLength(1);
  });

  test('survives kill -9 of the server while it is prompted, while it asks, and while it is stopped', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude } = world;
    model.on(/introduce/, say('I am the remote one.'));
    model.on(/go on/, useTools(bash('git push origin main')), say('Pushed or not.'));
    const program = await programOf(world);
    const { id } = (
      await program.call('POST', AGENTS, {
        project: claude.projectFolder,
        prompt: 'introduce yourself',
      })
    ).body;
    const path = `${AGENTS}/${id}`;
    await program.wait(id, 'your_turn,ended');

    const body = { text: 'go on', key: 'one' };
    const sent = await program.call<RemotePrompt>('POST', `${path}/prompts`, body);
    await world.killServer();
    await world.restartServer();
    const again = await program.call<RemotePrompt>('POST', `${path}/prompts`, body);
    expect(again).toMatchObject({ status: 200, body: { id: sent.body.id } });
    await program.wait(id, 'needs_you,ended');

    await world.killServer();
    await world.restartServer();
    const dialog = await waitUntil(
      async () => {
        const { body: seen } = await program.call<RemoteApproval>('GET', `${path}/approvals`);
        return seen.dialog ?? undefined;
      },
      { what: 'the dialog', timeoutMs: 30_000 },
    );
    const answer = { option: 1, expect: dialog.fingerprint };
    const done = await program.call<RemoteApprovalResult>('POST', `${path}/approvals`, answer);
    expect(done).toMatchObject({ status: 200, body: { done: true } });
    await program.wait(id, 'your_turn,ended');
    const turns = (await program.call<RemoteTurns>('GET', `${path}/turns`)).body;
    const said = turns.turns.filter(({ actor }) => actor === 'user').map(({ text }) => text);
    expect(said.filter((text) => text === 'go on')).toEqual(['go on']);

    await program.call('POST', `${path}/stop`);
    await world.killServer();
    await world.restartServer();
    await program.wait(id, 'ended');
    await waitUntil(async () => (await sessions(world)).length === 0, {
      what: 'no terminal',
      timeoutMs: 30_000,
    });
    await waitUntil(async () => (await program.call('GET', path)).body.status === 'stopped', {
      what: 'stopped',
      timeoutMs: 30_000,
    });
  });

  test.for(examples())('is used by the example %s', async ([file, program, tools]) => {
    const missing = await firstMissing(tools);
    if (missing !== null) return noteNotRun(`the example ${file}: ${missing} is not installed.`);
    await using world = await openWorld(install);
    const { model, claude } = world;
    model.on(/how much/, say('Exactly 42 of them.'));
    const { token } = await programOf(world);
    const path = fileURLToPath(
      new URL(`../../../../docs/examples/remote-agents/${file}`, import.meta.url),
    );
    expect(await readFile(path, 'utf8')).toContain('HEADSPACE_API_KEY');
    const run = await runExample(program, [path, claude.projectFolder, 'how much is it?'], {
      HEADSPACE_URL: world.address().url,
      HEADSPACE_API_KEY: token,
    });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/Exactly 42 of them\.\n$/);
    await waitUntil(async () => (await sessions(world)).length === 0, { what: 'no terminal' });
    return undefined;
  });
});

/** Where Claude Code did not wait for the server's answer, the guardrails were typed, and answered. */
function afterGuardrails({ turns }: RemoteTurns): string[] {
  const texts = turns.map(({ text }) => text);
  return texts[0]?.startsWith('[headspace-persona') === true ? texts.slice(2) : texts;
}

/** File, what runs it, and what it needs. */
function examples(): [string, string, string[]][] {
  return [
    ['remote-agent.sh', 'sh', ['curl', 'jq']],
    ['remote_agent.py', 'python3', ['python3']],
    ['remote-agent.ts', process.execPath, []],
  ];
}

async function firstMissing(tools: readonly string[]): Promise<string | null> {
  for (const tool of tools) {
    const { code } = await runExample(tool, ['--version'], {});
    if (code !== 0) return tool;
  }
  return null;
}

async function runExample(
  program: string,
  args: readonly string[],
  more: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...more };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 180_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code) || 1, stdout, stderr });
    });
  });
}
