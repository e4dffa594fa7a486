/** The installed script in real shells against a real server on loopback. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HOOK_HEADERS } from '@headspace/contract';
import { describe, expect, it } from 'vitest';
import { parseSpooled, readLine } from '@headspace/home';
import { runHook, temporaryHome } from '../testing/hook-run.ts';
import { startHookServer } from '../testing/hook-server.ts';

const SILENT = { code: 0, stdout: '', stderr: '' };
const CLOSED_PORT = 'http://127.0.0.1:2';

const SHELLS = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))(
  'the hook script in $name',
  ({ shell }) => {
    it('hands the payload over unchanged, with the headers, and leaves no file', async () => {
      await using server = await startHookServer();
      using home = temporaryHome(server.url);
      const payload = JSON.stringify({
        session_id: 's',
        text: 'ü 🙂 \u0000 \\ "quoted" $HOME `id` % %s \t\n',
        lone: '\ud800',
      });
      const env = {
        CLAUDE_CODE_ENTRYPOINT: 'cli',
        TMUX: '/tmp/tmux-0/default,123,0',
        TMUX_PANE: '%7',
      };
      const before = Date.now();
      const run = await runHook({ home, shell, event: 'PostToolUseFailure', payload, env });

      expect(run).toMatchObject(SILENT);
      expect(home.spooled()).toEqual([]);
      expect(server.requests).toHaveLength(1);
      const [request] = server.requests;
      expect(request).toMatchObject({
        method: 'POST',
        url: '/hook/post-tool-use-failure',
        body: payload,
      });
      expect(request?.headers).toMatchObject({
        authorization: `Bearer ${readLine(home.paths.hookToken)}`,
        'content-type': 'application/json',
        'x-headspace-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-headspace-host': readLine(home.paths.hostId),
        'x-claude-pid': String(process.pid),
        'x-claude-proc-start': startOf(process.pid),
        'x-claude-entrypoint': 'cli',
        'x-tmux': '/tmp/tmux-0/default,123,0',
        'x-tmux-pane': '%7',
      });
      const sentAt = Number(request?.headers['x-headspace-sent-at']);
      expect(sentAt).toBeGreaterThanOrEqual(before);
      expect(sentAt).toBeLessThanOrEqual(Date.now());
    });

    it('prints the body of a 200', async () => {
      const body = '{"hookSpecificOutput":{"additionalContext":"a\\nb % ü"}}';
      await using server = await startHookServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      });
      using home = temporaryHome(server.url);
      const run = await runHook({ home, shell });
      expect(run).toMatchObject({ code: 0, stdout: `${body}\n`, stderr: '' });
      expect(home.spooled()).toEqual([]);
    });

    it('keeps the event in the spool while the server is down, silently', async () => {
      using home = temporaryHome(CLOSED_PORT);
      for (const event of ['SessionStart', 'UserPromptSubmit', 'Stop']) {
        const payload = JSON.stringify({
          session_id: 's',
          hook_event_name: event,
          text: 'ü\u0000',
        });
        expect(await runHook({ home, shell, event, payload })).toMatchObject(SILENT);
      }
      const events = home.spooled().map((name) => {
        return parseSpooled(readFileSync(join(home.paths.spool, name)));
      });
      expect(events.map((event) => event?.route)).toEqual([
        '/hook/session-start',
        '/hook/user-prompt-submit',
        '/hook/stop',
      ]);
      expect(JSON.parse(events[2]?.body.toString() ?? '')).toMatchObject({ text: 'ü\u0000' });
      expect(events[0]?.headers).not.toHaveProperty('authorization');
      expect(new Set(events.map((e) => e?.headers['x-headspace-event-id'])).size).toBe(3);
    });

    it('takes a payload of 5 MB', async () => {
      await using server = await startHookServer();
      using home = temporaryHome(server.url);
      const payload = JSON.stringify({ session_id: 's', content: 'ö\\\u0000\n'.repeat(500_000) });
      expect(payload.length).toBeGreaterThan(5_000_000);
      expect(await runHook({ home, shell, payload })).toMatchObject(SILENT);
      expect(server.requests[0]?.body === payload).toBe(true);
    });
  },
);

describe('the hook script', () => {
  it.each([401, 403, 404, 413, 500, 503, 302])('keeps the event on status %d', async (status) => {
    await using server = await startHookServer((_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:2/' }).end('{"title":"no"}');
    });
    using home = temporaryHome(server.url);
    expect(await runHook({ home })).toMatchObject(SILENT);
    expect(home.spooled()).toHaveLength(1);
  });

  it('gives up on a server that hangs, then leaves it alone for a while', async () => {
    await using server = await startHookServer(() => undefined);
    using home = temporaryHome(server.url);
    const first = await runHook({ home });
    const second = await runHook({ home });
    expect(first).toMatchObject(SILENT);
    expect(first.milliseconds).toBeLessThan(2500);
    expect(second).toMatchObject(SILENT);
    expect(server.requests).toHaveLength(1);
    expect(home.spooled()).toHaveLength(2);
    expect(readLine(join(home.paths.spool, 'hold'))).toMatch(/^\d+ 5$/);
  });

  it('tries again in the background when the pause is over, and doubles it', async () => {
    await using server = await startHookServer(() => undefined);
    using home = temporaryHome(server.url);
    const hold = join(home.paths.spool, 'hold');
    writeFileSync(hold, '1000 20\n');
    const runs = [await runHook({ home }), await runHook({ home }), await runHook({ home })];
    expect(Math.max(...runs.map(({ milliseconds }) => milliseconds))).toBeLessThan(1000);
    await expect.poll(() => server.requests.length).toBe(1);
    expect(readLine(hold)).toMatch(/^\d+ 40$/);
    expect(home.spooled()).toHaveLength(3);
  });

  it('ends the pause when the server answers, and ignores one from a wrong clock', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const far = Math.floor(Date.now() / 1000) + 3600;
    const hold = join(home.paths.spool, 'hold');
    writeFileSync(hold, `${far} 60\n`);
    expect(await runHook({ home })).toMatchObject(SILENT);
    await expect
      .poll(() => [server.requests.length, existsSync(hold), home.spooled()])
      .toEqual([1, false, []]);
    // Nobody has read its answer.
    expect(server.requests[0]?.headers[HOOK_HEADERS.spooled]).toBe('1');
  });

  it('is bounded where nobody accepts the connection', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) =>
      blocker.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve),
    );
    using home = temporaryHome(`http://127.0.0.1:${(blocker.address() as AddressInfo).port}`);
    const run = await runHook({ home });
    blocker.close();
    expect(run).toMatchObject(SILENT);
    expect(run.milliseconds).toBeLessThan(2500);
    expect(home.spooled()).toHaveLength(1);
  });

  it('numbers the events of a process in the order in which they fire', async () => {
    using home = temporaryHome(CLOSED_PORT);
    const before = Date.now();
    for (const event of ['SessionStart', 'PreToolUse', 'PostToolUse'])
      await runHook({ home, event });
    const [file = ''] = readdirSync(home.paths.spoolSequence);
    expect(file).toBe(`${process.pid}-${startOf(process.pid)}`);
    // The clock was set back by an hour.
    const ahead = before + 3_600_000;
    writeFileSync(join(home.paths.spoolSequence, file), `${ahead}\n`);
    await runHook({ home, event: 'Stop' });
    await Promise.all([1, 2, 3].map(() => runHook({ home, event: 'SessionEnd' })));
    const events = home.spooled().map((name) => {
      const spooled = parseSpooled(readFileSync(join(home.paths.spool, name)));
      return { name, route: spooled?.route, headers: spooled?.headers ?? {} };
    });
    const numbers = events.map(({ headers }) => Number(headers['x-headspace-sequence']));
    expect(events.map(({ route }) => route?.slice(6))).toEqual([
      'session-start',
      'pre-tool-use',
      'post-tool-use',
      'stop',
      ...['session-end', 'session-end', 'session-end'],
    ]);
    expect(numbers.slice(0, 4)).toEqual(numbers.slice(0, 4).toSorted((a, b) => a - b));
    expect(new Set(numbers.slice(0, 4)).size).toBe(4);
    expect(numbers[0]).toBeGreaterThanOrEqual(before);
    expect(numbers[3]).toBe(ahead + 1);
    // What fires at the same moment may share a number, and goes behind what came before.
    expect(Math.min(...numbers.slice(4))).toBeGreaterThan(ahead + 1);
    expect(new Set(events.map(({ headers }) => headers['x-headspace-event-id'])).size).toBe(7);
  });

  it('keeps the event without a token', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    rmSync(home.paths.hookToken);
    expect(await runHook({ home })).toMatchObject(SILENT);
    expect(server.requests).toHaveLength(0);
    expect(home.spooled()).toHaveLength(1);
  });

  it('follows a new token', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    writeFileSync(home.paths.hookToken, 'another-token\n');
    await runHook({ home });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer another-token');
  });

  it('never has the token in an argument', async () => {
    using home = temporaryHome(CLOSED_PORT);
    // A curl of our own, found first, that writes down how it is called.
    const folder = join(home.folder, 'bin');
    mkdirSync(folder);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >'${folder}/arguments'\nexit 127\n`;
    writeFileSync(join(folder, 'curl'), script, { mode: 0o755 });
    expect(await runHook({ home, env: { PATH: `${folder}:/usr/bin:/bin` } })).toMatchObject(SILENT);
    const args = readFileSync(join(folder, 'arguments'), 'utf8');
    expect(args).toContain(`@${home.paths.hookAuth}`);
    expect(args).not.toContain(readLine(home.paths.hookToken));
    // So it is, too, where there is no curl at all.
    expect(home.spooled()).toHaveLength(1);
  });

  it('delivers also when the spool cannot be written', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    rmSync(home.paths.spool, { recursive: true });
    writeFileSync(home.paths.spool, 'a file where the folder should be');
    expect(await runHook({ home, payload: '{"session_id":"x"}' })).toMatchObject(SILENT);
    expect(server.requests.map((r) => r.body)).toEqual(['{"session_id":"x"}']);
  });

  it('makes the spool again when somebody deleted it', async () => {
    using home = temporaryHome(CLOSED_PORT);
    rmSync(home.paths.spool, { recursive: true });
    expect(await runHook({ home })).toMatchObject(SILENT);
    expect(home.spooled()).toHaveLength(1);
  });

  it('works in a home with blanks, quotes and a dollar sign', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url, `it's a "home" with $HOME & ü`);
    expect(await runHook({ home })).toMatchObject(SILENT);
    expect(server.requests).toHaveLength(1);
    expect(home.spooled()).toEqual([]);
  });

  it('finds the process of Claude Code behind further shells', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const wrapped = ['sh', '-c', 'sh -c "bash \\"\\$0\\" \\"\\$1\\"; :" "$0" "$1"; :'];
    expect(await runHook({ home, shell: wrapped })).toMatchObject(SILENT);
    expect(server.requests[0]?.headers['x-claude-pid']).toBe(String(process.pid));
  });

  it('leaves out a header that would break the request', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    await runHook({ home, env: { TMUX: 'a\r\nx-evil: 1', TMUX_PANE: '', EPOCHREALTIME: '1.5' } });
    const headers = server.requests[0]?.headers ?? {};
    expect(headers).not.toHaveProperty('x-evil');
    expect(headers).not.toHaveProperty('x-tmux');
    expect(headers).not.toHaveProperty('x-tmux-pane');
    expect(Number(headers['x-headspace-sent-at'])).toBeGreaterThan(1e12);
  });

  it('does not listen to proxies and to a .curlrc', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    writeFileSync(join(home.folder, '.curlrc'), 'proxy = "http://127.0.0.1:2"\nverbose\n');
    const proxy = 'http://127.0.0.1:2';
    const env = { HOME: home.folder, http_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy };
    expect(await runHook({ home, env })).toMatchObject(SILENT);
    expect(server.requests).toHaveLength(1);
  });

  it('is quick and silent without input, and without an event', async () => {
    using home = temporaryHome(CLOSED_PORT);
    expect(await runHook({ home, payload: '' })).toMatchObject(SILENT);
    expect(await runHook({ home, event: '' })).toMatchObject(SILENT);
    expect(home.spooled()).toEqual([]);
  });

  it('writes files that only the owner can read', async () => {
    using home = temporaryHome(CLOSED_PORT);
    await runHook({ home });
    const list = spawnSync('find', [home.paths.home, '-type', 'f', '-perm', '/077'], {
      encoding: 'utf8',
    });
    expect(list.stdout.trim().split('\n').sort()).toEqual([
      home.paths.hookScript,
      home.paths.statusLineScript,
    ]);
  });
});

function startOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
