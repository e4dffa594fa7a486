/** The installed hooks in the real Claude Code, in tmux, with a stub in place of the model. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bash,
  createClaude,
  createModelStub,
  installClaude,
  say,
  useTools,
  type ClaudeSession,
} from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { ensureHome, flushSpool, homePaths, readLine, spoolStatus } from '@headspace/home';
import { describe, expect, it } from 'vitest';
import { main } from '../program.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { startHookServer, type HookServer } from '../testing/hook-server.ts';
import { TOKEN_VARIABLE } from './entries.ts';

const install = await installClaude();

const TOKEN = 'token-of-this-test';

async function setUp(port: number, ...args: string[]) {
  if (!install.ok) throw new Error(install.reason);
  const resources = new AsyncDisposableStack();
  const model = resources.use(await createModelStub());
  const claude = resources.use(
    await createClaude({
      binary: install.binary,
      modelUrl: model.url,
      env: { [TOKEN_VARIABLE]: TOKEN },
    }),
  );
  const env = { ...claude.env, HEADSPACE_SERVER_PORT: String(port) };
  const paths = homePaths(env);
  ensureHome(paths);
  writeFileSync(paths.hookToken, TOKEN);
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT.ok };
  let output = '';
  const stream = { write: (text: string) => (output += text) };
  const code = await main(['hooks', 'install', '--yes', ...args], {
    env,
    cwd: claude.projectFolder,
    stdin: process.stdin,
    stdout: stream,
    stderr: stream,
    now: Date.now,
    signal: new AbortController().signal,
    outcome,
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  return { model, claude, paths, [Symbol.asyncDispose]: async () => resources.disposeAsync() };
}

/** The next request of an event, in the order of arrival. */
async function next(server: HookServer, url: string) {
  const request = await waitUntil(() => server.requests.find((r) => r.url === url), {
    what: `${url} among ${server.requests.map((r) => r.url).join(' ')}`,
  });
  return { ...request, payload: JSON.parse(request.body) as Record<string, unknown> };
}

/** While hooks run, Claude Code itself says so in its spinner; at rest nothing of them is left. */
async function expectCleanScreen(session: ClaudeSession): Promise<void> {
  await session.waitForScreen(/An empty shop\./);
  await session.waitForStatus('idle');
  const screen = await session.waitForScreen(/^(?![^]*running stop hook)/);
  expect(screen).not.toMatch(/hook|error|refused/i);
}

describe.skipIf(!install.ok)('hooks of the real Claude Code', () => {
  it('tell process, pane and host, and leave the screen clean', async () => {
    await using server = await startHookServer();
    await using resources = await setUp(server.port);
    const { model, claude, paths } = resources;
    model.on(/look around/, useTools(bash('ls')), say('An empty shop.'));
    const session = await claude.start();
    const file = await session.file();
    const start = await next(server, '/hook/session-start');
    expect(start.payload).toMatchObject({ source: 'startup', session_id: file?.sessionId });
    expect(start.headers).toMatchObject({
      'x-claude-pid': String(session.pid),
      'x-claude-proc-start': file?.procStart,
      'x-claude-entrypoint': 'cli',
      'x-tmux-pane': session.pane.id,
      'x-headspace-host': readLine(paths.hostId),
    });
    await session.prompt('Please look around');
    for (const url of ['user-prompt-submit', 'pre-tool-use', 'post-tool-use', 'stop']) {
      const { headers } = await next(server, `/hook/${url}`);
      expect(headers['x-claude-pid']).toBe(String(session.pid));
    }
    await expectCleanScreen(session);
    await session.exit();
    await next(server, '/hook/session-end');
    expect(await spoolStatus(paths)).toMatchObject({ waiting: 0 });
  });

  it('lose nothing and stay silent while the server is down', async () => {
    // Nobody listens on port 2.
    await using resources = await setUp(2);
    const { model, claude, paths } = resources;
    model.on(/look around/, useTools(bash('ls')), say('An empty shop.'));
    const session = await claude.start();
    await session.prompt('Please look around');
    await expectCleanScreen(session);
    await session.exit();

    await using server = await startHookServer();
    const options = { paths, serverUrl: server.url, now: Date.now(), minAgeMs: 0 };
    expect(await flushSpool(options)).toMatchObject({ rejected: 0, waiting: 0 });
    const wanted = ['session-start', 'user-prompt-submit', 'pre-tool-use', 'post-tool-use', 'stop'];
    const names = server.requests.map((request) => request.url.slice('/hook/'.length));
    expect(names.filter((name) => wanted.includes(name))).toEqual(wanted);
    expect(names.at(-1)).toBe('session-end');
    expect(new Set(server.requests.map((r) => r.headers['x-headspace-event-id'])).size).toBe(
      names.length,
    );
    const transcript = String(JSON.parse(server.requests.at(-1)?.body ?? '{}').transcript_path);
    expect(readFileSync(join(transcript), 'utf8')).not.toContain('hook_success');
  });

  it('stay silent, block nothing and lose nothing while the server hangs', async () => {
    await using server = await startHookServer(() => undefined);
    await using resources = await setUp(server.port);
    const { model, claude, paths } = resources;
    model.on(/look around/, useTools(bash('ls')), say('An empty shop.'));
    const session = await claude.start();
    await session.prompt('Please look around');
    await expectCleanScreen(session);
    await session.exit();
    const names = readdirSync(paths.spool).filter((name) => name.endsWith('.event'));
    const events = names.sort().map((name) => name.replace(/^.*-(\w+)\.event$/, '$1'));
    expect(events[0]).toBe('SessionStart');
    expect(events).toEqual(expect.arrayContaining(['UserPromptSubmit', 'PreToolUse', 'Stop']));
    expect(events.at(-1)).toBe('SessionEnd');
    // The first one found it out; a later one may have tried again in the background.
    const hooks = server.requests.filter(({ url }) => url !== '/hook/status-line');
    expect(hooks.length).toBeGreaterThan(0);
    expect(hooks.length).toBeLessThan(4);
  });

  it('of type http send token and pane from the environment', async () => {
    await using server = await startHookServer();
    await using resources = await setUp(server.port, '--transport', 'http');
    const { model, claude, paths } = resources;
    model.on(/look around/, say('An empty shop.'));
    const session = await claude.start();
    await session.prompt('Please look around');
    // A command even so, since Claude Code skips http hooks there.
    expect((await next(server, '/hook/session-start')).headers).toHaveProperty('x-claude-pid');
    expect((await next(server, '/hook/user-prompt-submit')).headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-headspace-host': readLine(paths.hostId),
      'x-tmux-pane': session.pane.id,
    });
    await expectCleanScreen(session);
  });

  it('give Claude what the server answers', async () => {
    await using server = await startHookServer((request, response) => {
      if (request.url !== '/hook/user-prompt-submit') response.writeHead(204).end();
      else {
        const additionalContext = 'The secret word is porcupine.';
        const hookSpecificOutput = { hookEventName: 'UserPromptSubmit', additionalContext };
        response.writeHead(200).end(JSON.stringify({ hookSpecificOutput }));
      }
    });
    await using resources = await setUp(server.port);
    const { model, claude } = resources;
    model.on(/what is the word/i, say('Porcupine it is.'));
    const result = await claude.runPrint('What is the word?');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('Porcupine it is.');
    expect(JSON.stringify(model.requests)).toContain('The secret word is porcupine.');
    expect((await next(server, '/hook/session-start')).headers['x-claude-entrypoint']).toBe(
      'sdk-cli',
    );
  });
});
