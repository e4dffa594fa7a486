/** The installed status line script in real shells, with a real server or without one. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLine } from '@headspace/home';
import {
  runCommand,
  runStatusLine,
  temporaryHome,
  type TemporaryHome,
} from '../testing/hook-run.ts';
import { startHookServer } from '../testing/hook-server.ts';

const CLOSED_PORT = 'http://127.0.0.1:2';
const SHELLS = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);
const INPUT = `${JSON.stringify({ session_id: 's', text: 'ü 🙂 \\ "q" $HOME `id` % %s \t\n' })}\n`;
const WAIT = { timeout: 10_000, interval: 10 };

/** What lies in the folder, but for the users' own commands. */
const left = (home: TemporaryHome): string[] =>
  readdirSync(home.paths.statusLine).filter((name) => !name.endsWith('.command'));

/** Everything a command can see of how it was called. */
const SHOW = 'cat; printf "[%s]" "$0" "$#" "${A-}" "$PWD"; umask; trap; echo to stderr >&2; exit 7';

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))(
  'the status line script in $name',
  ({ shell }) => {
    it('runs the own command as Claude Code would, and posts the same input', async () => {
      await using server = await startHookServer();
      using home = temporaryHome(server.url);
      const env = { A: 'its own', home: 'mine', token: 'mine', TMUX_PANE: '%7', LINES: '50' };
      const plain = await runCommand(['/bin/sh', '-c', SHOW], INPUT, env);
      const run = await runStatusLine({ home, shell, own: SHOW, input: INPUT, env });
      expect(plain.stdout).toContain(INPUT);
      expect({ ...run, milliseconds: 0 }).toEqual({ ...plain, milliseconds: 0 });
      await expect.poll(() => server.requests.length, WAIT).toBe(1);
      expect(server.requests[0]).toMatchObject({
        method: 'POST',
        url: '/hook/status-line',
        body: INPUT,
        headers: {
          authorization: `Bearer ${readLine(home.paths.hookToken)}`,
          'content-type': 'application/json',
          'x-headspace-host': readLine(home.paths.hostId),
          'x-headspace-sent-at': expect.stringMatching(/^\d{13}$/),
          'x-claude-pid': String(process.pid),
          'x-tmux-pane': '%7',
        },
      });
      await expect.poll(() => left(home), WAIT).toEqual([]);
    });

    it('hands the environment on as it came', async () => {
      using home = temporaryHome(CLOSED_PORT);
      const env = { stat: '1', pid: '2', host: '3', url: '4', start: '5', IFS: ':', hs: '6' };
      const own = 'env -u _ -u SHLVL | sort';
      const plain = await runCommand(['/bin/sh', '-c', own], INPUT, env);
      const run = await runStatusLine({ home, shell, own, input: INPUT, env });
      expect(run.stdout).toBe(plain.stdout);
    });

    it('prints nothing where the user has no status line', async () => {
      await using server = await startHookServer();
      using home = temporaryHome(server.url);
      expect(await runStatusLine({ home, shell })).toMatchObject({
        code: 0,
        stdout: '',
        stderr: '',
      });
      await expect.poll(() => server.requests.length, WAIT).toBe(1);
      await expect.poll(() => left(home), WAIT).toEqual([]);
    });

    it('sends the newest of many, one at a time, when the server answers slowly', async () => {
      let open = 0;
      let most = 0;
      const answers: (() => void)[] = [];
      await using server = await startHookServer((_request, response) => {
        most = Math.max(most, ++open);
        answers.push(() => {
          open -= 1;
          response.writeHead(204).end();
        });
      });
      using home = temporaryHome(server.url);
      await runStatusLine({ home, shell, input: '{"n":0}\n' });
      await expect.poll(() => answers.length, WAIT).toBe(1);
      for (let n = 1; n <= 5; n += 1) {
        await runStatusLine({ home, shell, input: `{"n":${n}}\n` });
        // It is put in the place of the one before in the background.
        await expect
          .poll(() => left(home).filter((name) => name.endsWith('.input')), WAIT)
          .toEqual([]);
      }
      answers[0]?.();
      await expect.poll(() => answers.length, WAIT).toBe(2);
      answers[1]?.();
      await expect.poll(() => left(home), WAIT).toEqual([]);
      expect(server.requests.map(({ body }) => body)).toEqual(['{"n":0}\n', '{"n":5}\n']);
      expect(most).toBe(1);
    });
  },
);

describe('the status line script', () => {
  it.each([
    ['refuses the connection', null],
    ['answers 500', 500],
  ])('stays silent and leaves nothing behind when the server %s', async (_name, status) => {
    await using server = await startHookServer((_request, response) =>
      response.writeHead(status ?? 204).end('no'),
    );
    using home = temporaryHome(status === null ? CLOSED_PORT : server.url);
    const run = await runStatusLine({ home, own: 'echo mine' });
    expect(run).toMatchObject({ code: 0, stdout: 'mine\n', stderr: '' });
    await expect.poll(() => left(home), WAIT).toEqual(['hold']);
    const before = server.requests.length;
    await runStatusLine({ home, own: 'echo mine' });
    // Quiet for five seconds, and the input goes away.
    await expect.poll(() => left(home), WAIT).toEqual(['hold']);
    expect(server.requests).toHaveLength(before);
  });

  it('does not wait for a server that hangs, and leaves it alone for a while', async () => {
    await using server = await startHookServer(() => undefined);
    using home = temporaryHome(server.url);
    const runs = [];
    for (let n = 0; n < 10; n += 1) runs.push(await runStatusLine({ home, own: 'echo mine' }));
    expect(runs.every(({ stdout, stderr }) => stdout === 'mine\n' && stderr === '')).toBe(true);
    expect(Math.max(...runs.map(({ milliseconds }) => milliseconds))).toBeLessThan(1_000);
    await expect.poll(() => left(home), WAIT).toEqual(['hold']);
    expect(server.requests).toHaveLength(1);
    expect(readLine(join(home.paths.statusLine, 'hold'))).toMatch(/^\d+ 5$/);
  });

  it('is bounded where nobody accepts the connection', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) =>
      blocker.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve),
    );
    using home = temporaryHome(`http://127.0.0.1:${(blocker.address() as AddressInfo).port}`);
    const run = await runStatusLine({ home, own: 'echo mine' });
    expect(run.milliseconds).toBeLessThan(1_000);
    await expect.poll(() => left(home), WAIT).toEqual(['hold']);
    blocker.close();
  });

  it('ends its quiet time when the server answers', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    writeFileSync(join(home.paths.statusLine, 'hold'), '1000 40\n');
    await runStatusLine({ home });
    await expect.poll(() => left(home), WAIT).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('takes over from a poster that was killed', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    // A pid that lives, but under another start time.
    writeFileSync(join(home.paths.statusLine, `${process.pid}.poster`), `${process.pid} 1\n`);
    await runStatusLine({ home });
    await expect.poll(() => server.requests.length, WAIT).toBe(1);
  });

  it('runs the own command where its folder is gone or there is no token', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    rmSync(home.paths.hookToken);
    expect((await runStatusLine({ home, own: 'cat' })).stdout).toBe('{"session_id":"s"}\n');
    await expect.poll(() => left(home), WAIT).toEqual([]);
    rmSync(home.paths.statusLine, { recursive: true });
    const script = [home.paths.statusLineScript, 'no-id'];
    expect(await runCommand(script, INPUT)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(server.requests).toEqual([]);
    expect(existsSync(home.paths.statusLine)).toBe(false);
  });

  it('keeps a command of several lines, with quotes, word for word', async () => {
    using home = temporaryHome(CLOSED_PORT, `it's a "home" with $HOME & ü`);
    const own = `printf '%s\\n' "a  b" 'c\\d' "$A"\n# a comment\ncat <<EOF\n  kept $A\nEOF\n`;
    const plain = await runCommand(['/bin/sh', '-c', own], INPUT, { A: '*' });
    expect((await runStatusLine({ home, own, input: INPUT, env: { A: '*' } })).stdout).toBe(
      plain.stdout,
    );
  });

  it('never has the token in an argument', async () => {
    using home = temporaryHome(CLOSED_PORT);
    const folder = join(home.folder, 'bin');
    mkdirSync(folder);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >'${folder}/arguments'\nexit 127\n`;
    writeFileSync(join(folder, 'curl'), script, { mode: 0o755 });
    await runStatusLine({ home, env: { PATH: `${folder}:/usr/bin:/bin` } });
    await expect.poll(() => left(home), WAIT).toEqual(['hold']);
    const args = readFileSync(join(folder, 'arguments'), 'utf8');
    expect(args).toContain(`@${home.paths.hookAuth}`);
    expect(args).not.toContain(readLine(home.paths.hookToken));
  });
});
