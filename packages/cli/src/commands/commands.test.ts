/** The commands that talk to the server, against a small real one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AdvisoryLockView, AgentView, HookEventView } from '@headspace/contract';
import { describe, expect, it } from 'vitest';
import { readLine } from '@headspace/home';
import { agent } from '../testing/agent-view.ts';
import { cliHome, type CliHome } from '../testing/cli.ts';
import { startHookServer, type HookServer, type ReceivedRequest } from '../testing/hook-server.ts';

const lock: AdvisoryLockView = {
  pid: 77,
  applicationName: 'headspace',
  state: 'active',
  queryStart: null,
  namespace: 1,
  entityId: 4,
  mode: 'ExclusiveLock',
  granted: true,
  durationSeconds: 3.2,
  purpose: 'hook Stop',
  agentName: 'agent 4',
  waiting: 2,
};

const context = {
  usedTokens: 172_000,
  windowTokens: 200_000,
  percent: 86,
  tier: 'critical' as const,
  source: 'statusline' as const,
  trendTokensPerTurn: 4_000,
  turnsLeft: 2,
  updatedAt: '2026-11-23T00:00:00.000Z',
};

const AGENTS = [
  { ...agent(1, 'working', 'runs Bash'), context },
  {
    ...agent(2, 'your_turn', 'the turn is finished'),
    context: { ...context, windowTokens: null, percent: null, tier: null },
  },
  agent(3, 'needs_you', 'waits for a permission'),
  agent(5, 'needs_you', 'asks a question'),
];

type Routes = Record<string, (request: ReceivedRequest, response: ServerResponse) => unknown>;

/** A server that knows the API's routes as far as these tests need them. */
async function fakeApi(home: CliHome, routes: Routes = {}): Promise<HookServer> {
  const events: HookEventView[] = [];
  const known: Routes = {
    '/health/live': () => ({}),
    '/health/ready': () => ({ database: 'ok' }),
    '/api/agents': () => ({ agents: AGENTS }),
    '/api/advisory-locks': () => ({ locks: [lock], count: 1 }),
    '/api/status': () => ({
      version: '0.1.0',
      database: { kind: 'embedded', directory: '/data' },
      home: home.paths.home,
    }),
    '/hook/config-change': ({ headers, body }) => {
      events.push({
        id: 1,
        eventId: String(headers['x-headspace-event-id']),
        event: 'ConfigChange',
        sessionId: String(Object(JSON.parse(body)).session_id),
        status: 'recorded',
        outcome: null,
        error: null,
        tries: 1,
        agentId: null,
        host: String(headers['x-headspace-host']),
        pid: Number(headers['x-claude-pid']),
        tmuxPane: headers['x-tmux-pane']?.toString() ?? null,
        receivedAt: new Date().toISOString(),
        sentAt: null,
        sequence: null,
        appliedAt: null,
        truncated: false,
        payload: {},
      });
      return undefined;
    },
    '/api/hook-events': ({ url }) => {
      return { events: events.filter((event) => url.endsWith(`=${event.sessionId}`)) };
    },
    ...routes,
  };
  const server = await startHookServer((request, response) => {
    const handler = known[request.url.split('?')[0] ?? ''];
    const hook = request.url.startsWith('/hook/') && request.method === 'POST';
    const token = readLine(hook ? home.paths.hookToken : home.paths.operatorToken);
    const open = request.url.startsWith('/health/');
    if (!open && request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else if (!handler) response.writeHead(404).end('{}');
    else {
      const answer = handler(request, response);
      if (response.headersSent) return;
      if (answer === undefined) response.writeHead(204).end();
      else response.writeHead(200).end(JSON.stringify(answer));
    }
  });
  home.env['HEADSPACE_SERVER_PORT'] = String(server.port);
  await home.run('token');
  return server;
}

describe('headspace agents', () => {
  it('shows those that need a person first, longest first', async () => {
    using home = cliHome();
    await using server = await fakeApi(home);
    const run = await home.run('agents');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'STATE      ID  WHY                     SINCE  CTX    PROJECT  COMMAND',
      'needs you  5   asks a question         5m            app      fix the bug',
      'needs you  3   waits for a permission  3m            app      fix the bug',
      'your turn  2   the turn is finished    2m     172k   app      fix the bug',
      'working    1   runs Bash               1m     86%!!  app      fix the bug',
      '',
    ]);
    await home.run('agents', '--all');
    expect(server.requests.at(-1)?.url).toBe('/api/agents?include=ended');
    expect(JSON.parse((await home.run('agents', '--json')).stdout)).toEqual({ agents: AGENTS });
  });

  it('goes on with each change on --watch, and after the stream broke off', async () => {
    using home = cliHome();
    let streams = 0;
    await using server = await fakeApi(home, {
      '/api/events': (_request, response) => {
        streams += 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const changed = agent(1, streams === 1 ? 'stalled' : 'ended', 'changed');
        const message = {
          type: 'agent.changed',
          agent: changed,
          transitions: [],
          hookEventIds: [],
        };
        const text = `: hello\n\nid: 1\nevent: agent.changed\ndata: ${JSON.stringify(message)}\n\n`;
        response.write(text.slice(0, 40));
        response.write(text.slice(40));
        if (streams === 1) response.end();
      },
    });
    const done = new AbortController();
    const run = await home.runUntil(done.signal, ['agents', '--watch', '--json'], (stdout) => {
      if (stdout.split('\n').length > 4) done.abort();
    });
    expect(run.code).toBe(0);
    const states = run.stdout
      .trim()
      .split('\n')
      .map((line): string | undefined => {
        const { agents } = JSON.parse(line) as { agents: AgentView[] };
        return agents.find((one) => one.id === 1)?.attention;
      });
    expect(states).toEqual(['working', 'stalled', 'working', undefined]);
    expect(server.requests.filter((r) => r.url === '/api/events')).toHaveLength(2);
  });
});

describe('headspace dismiss', () => {
  it('takes an agent off the board by number or name, and brings it back', async () => {
    using home = cliHome();
    await using server = await fakeApi(home, {
      '/api/agents/2/dismiss': () => agent(2, 'ended', 'dismissed by a person'),
      '/api/agents/2/restore': () => agent(2, 'your_turn', 'the turn is finished'),
    });
    const run = await home.run('dismiss', '2');
    expect(run).toMatchObject({ code: 0, stdout: 'Agent 2 (agent 2) is off the board.\n' });
    expect(server.requests.at(-1)).toMatchObject({ url: '/api/agents/2/dismiss', method: 'POST' });
    expect(server.requests.at(-1)?.headers['idempotency-key']).toMatch(/^[\da-f-]{36}$/);
    const undone = await home.run('dismiss', 'agent 2', '--undo');
    expect(undone.stdout).toBe('Agent 2 (agent 2) is back: the turn is finished.\n');
  });

  it('says what to do about an agent that is not there, and what the server says', async () => {
    using home = cliHome();
    await using _server = await fakeApi(home, {
      '/api/agents/2/dismiss': (_request, response) => {
        response.writeHead(409, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ title: 'x', detail: 'The agent has already ended: gone.' }));
      },
    });
    expect(await home.run('dismiss', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no agent nobody') as string,
    });
    expect(await home.run('dismiss', '2')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The agent has already ended: gone.') as string,
    });
  });
});

describe('headspace locks, status and token', () => {
  it('show what the server says', async () => {
    using home = cliHome();
    await using _server = await fakeApi(home, {
      '/hook/status': () => ({
        received: 9,
        applied: 8,
        duplicate: 1,
        pending: 0,
        parked: 0,
        oldestUnapplied: null,
        oldestUnappliedSeconds: null,
        lastEventAt: null,
      }),
    });
    const locks = await home.run('locks');
    expect(locks.stdout).toMatch(/4 agent 4\s+hook Stop\s+3s\s+2\s+77\s+ExclusiveLock\s+headspace/);
    expect(JSON.parse((await home.run('locks', '--json')).stdout)).toMatchObject({ count: 1 });
    const status = await home.run('status');
    expect(status.stdout).toContain('embedded in /data');
    expect(status.stdout).toContain('9 received, 8 applied');
    const token = await home.run('token');
    expect(token.stdout).toBe(`${readLine(home.paths.operatorToken)}\n`);
  });
});

describe('headspace doctor', () => {
  it('proves each signal with a test event', async () => {
    using home = cliHome();
    mkdirSync(join(home.folder, '.claude', 'sessions'), { recursive: true });
    home.env['TMUX_PANE'] = '%5';
    await using _server = await fakeApi(home);
    await home.run('hooks', 'install', '--yes');
    const run = await home.run('doctor');
    expect(run.stdout).not.toContain('failed');
    expect(run.code).toBe(0);
    for (const line of [
      'ok       database: embedded in /data',
      'ok       test event: arrived',
      `ok       host: arrived as ${readLine(home.paths.hostId)}`,
      `ok       process: arrived as ${process.pid}`,
      'ok       pane: arrived as %5',
      'ok       spool: empty',
    ]) {
      expect(run.stdout).toContain(line);
    }
  });

  it('fails, with what to do, for each thing that is broken', async () => {
    using home = cliHome();
    await using _server = await fakeApi(home, {
      '/hook/config-change': (_request, response) => response.writeHead(503).end(),
      '/health/ready': (_request, response) => response.writeHead(503).end('{"database":"down"}'),
    });
    await home.run('hooks', 'install', '--yes', '--claude-version', '2.0.45');
    const run = await home.run('doctor', '--json');
    expect(run.code).toBe(1);
    const { ok, checks } = JSON.parse(run.stdout) as {
      ok: boolean;
      checks: { name: string; level: string; cure?: string }[];
    };
    const failed = checks.filter((check) => check.level === 'failed');
    expect(ok).toBe(false);
    expect(failed.map((check) => check.name)).toEqual(['database', 'hooks', 'test event']);
    expect(checks.every((check) => check.level === 'ok' || check.cure)).toBe(true);
  });

  it('says that the server is down', async () => {
    using home = cliHome();
    const run = await home.run('doctor');
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('does not answer at http://127.0.0.1:2 (ECONNREFUSED)');
  });
});

describe('errors', () => {
  it('are one sentence and a hint, with their exit codes', async () => {
    using home = cliHome();
    const down = await home.run('agents');
    expect(down).toMatchObject({ code: 3, stdout: '' });
    expect(down.stderr).toMatch(
      /^headspace: Headspace does not answer at \S+ \(\w+\)\n {2}Start it/,
    );
    expect(await home.run('nope')).toMatchObject({
      code: 2,
      stderr: "headspace: unknown command 'nope'\n  See `headspace --help`.\n",
    });
    expect((await home.run('agents', '--server-port', 'x')).stderr).toContain('--server-port: ');
    expect((await home.run()).code).toBe(2);
    expect(JSON.parse((await home.run('locks', '--json')).stdout)).toMatchObject({
      error: { message: expect.stringContaining('does not answer') },
    });
  });

  it('tell a refused token and a strange answer apart', async () => {
    using home = cliHome();
    await using server = await startHookServer((request, response) => {
      response.writeHead(request.url === '/api/agents' ? 401 : 200).end('{}');
    });
    const port = ['--server-port', String(server.port)];
    expect((await home.run('agents', ...port)).stderr).toContain('refused the operator token');
    expect((await home.run('locks', ...port)).stderr).toContain('another form than expected');
  });

  it('reach the shell through the program itself', () => {
    using home = cliHome();
    const bin = fileURLToPath(new URL('../../bin/headspace.mjs', import.meta.url));
    const run = spawnSync(process.execPath, [bin, 'agents'], { env: home.env, encoding: 'utf8' });
    expect(run.status).toBe(3);
    expect(run.stderr).toContain('headspace: Headspace does not answer');
    const help = spawnSync(process.execPath, [bin, '--help'], { env: home.env, encoding: 'utf8' });
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('headspace hooks install');
  });
});
