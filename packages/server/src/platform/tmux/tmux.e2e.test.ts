import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTmux as createServer, hasTmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, it } from 'vitest';
import { WORKING_TITLE } from '../../domain/screen/index.ts';
import { createTmux, defaultSocket, rowPattern } from './index.ts';

const execFileAsync = promisify(execFile);
const tmux = createTmux();

describe.skipIf(!(await hasTmux()))('tmux adapter', () => {
  it('sees the panes of a server and nothing where none is', async () => {
    await using server = await createServer();
    const pane = await server.openPane({ columns: 90, rows: 20 });
    await pane.press("printf '\\033]2;✳ über ␞ alles\\007'", 'Enter');
    const found = await waitUntil(
      async () => {
        const look = await tmux.look(server.socketPath);
        if (look.kind !== 'running') throw new Error(look.kind);
        const info = look.panes.get(pane.id);
        return info?.title === '✳ über ␞ alles' ? info : undefined;
      },
      { what: 'the title' },
    );
    expect(found).toMatchObject({ command: 'sh', dead: false, inMode: false, width: 90 });
    expect(String(found.pid)).toBe(await pane.expand('#{pane_pid}'));
    expect(found.tty).toBe(await pane.expand('#{pane_tty}'));

    await server.run('kill-server');
    await waitUntil(async () => (await tmux.look(server.socketPath)).kind === 'absent', {
      what: 'the server to be gone',
    });
    expect(await tmux.look('/nonexistent/socket')).toEqual({ kind: 'absent' });
  });

  it('reaches the default server, which a plain `tmux` starts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headspace-default-'));
    const env = { PATH: process.env['PATH'], TERM: 'xterm-256color', TMUX_TMPDIR: folder };
    const plainTmux = async (...args: string[]): Promise<string> =>
      (await execFileAsync('tmux', args, { env })).stdout.trim();
    try {
      await plainTmux('-f', '/dev/null', 'new-session', '-d', 'cat');
      const socket = defaultSocket(env);
      expect(socket).toBe(await plainTmux('display-message', '-p', '#{socket_path}'));
      const look = await tmux.look(socket);
      if (look.kind !== 'running') throw new Error(look.kind);
      const [pane = ''] = look.panes.keys();
      expect(await tmux.paste({ socket, pane }, 'to the default server')).toEqual({ kind: 'done' });
      expect(await tmux.press({ socket, pane }, ['Enter'])).toEqual({ kind: 'done' });
      const twice = /to the default server\nto the default server/;
      await waitUntil(async () => twice.test(await plainTmux('capture-pane', '-p')), {
        what: 'the line, typed and answered',
      });
    } finally {
      await plainTmux('kill-server');
      await rm(folder, { recursive: true });
    }
  });

  it('speaks to no path that is not our own socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headspace-socket-'));
    await using server = await createServer();
    try {
      await writeFile(join(folder, 'file'), '');
      await symlink(server.socketPath, join(folder, 'link'));
      for (const path of [join(folder, 'file'), join(folder, 'link'), 'relative.sock', '']) {
        expect(await tmux.look(path)).toMatchObject({ kind: 'unknown' });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is unknown, not absent, where tmux does not answer or is not there', async () => {
    await using server = await createServer();
    const missing = createTmux({ program: '/nonexistent/tmux' });
    expect(await missing.look(server.socketPath)).toMatchObject({ kind: 'unknown' });
    const pid = Number(await server.run('display-message', '-p', '#{pid}'));
    process.kill(pid, 'SIGSTOP');
    try {
      const slow = createTmux({ timeoutMs: 100 });
      expect(await slow.look(server.socketPath)).toEqual({
        kind: 'unknown',
        why: 'tmux did not answer within 100 ms',
      });
      const target = { socket: server.socketPath, pane: '%0' };
      expect(await slow.press(target, ['Enter'])).toMatchObject({ kind: 'unknown' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('reads one screen or many in one call, and leaves out panes that are gone', async () => {
    await using server = await createServer();
    const panes = [await server.openPane(), await server.openPane(), await server.openPane()];
    const [first, second, third] = panes;
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    await first.press("printf '\\033[2mdim\\033[0m é\\n'", 'Enter');
    await first.waitForScreen(/^dim é/m);
    await second.close();
    const ids = panes.map(({ id }) => id);
    const screens = await tmux.captureMany(server.socketPath, [...ids, '%99', '; kill-server']);
    if (!(screens instanceof Map)) throw new Error(screens.why);
    expect([...screens.keys()].toSorted()).toEqual([first.id, third.id].toSorted());
    expect(screens.get(first.id)).toMatch(/^dim é$/m);
    const single = await tmux.capture({ socket: server.socketPath, pane: first.id });
    expect(single).toEqual({ kind: 'screen', text: screens.get(first.id) });
    const coloured = await tmux.captureMany(server.socketPath, [first.id], { escapes: true });
    if (!(coloured instanceof Map)) throw new Error(coloured.why);
    expect(coloured.get(first.id)).toContain('\u001b[2mdim');
    expect(await tmux.capture({ socket: server.socketPath, pane: second.id })).toEqual({
      kind: 'absent',
    });
  });

  it('pastes text as it is and presses keys', async () => {
    await using server = await createServer();
    const pane = await server.openPane();
    const target = { socket: server.socketPath, pane: pane.id };
    const text = `it's "$HOME" \`x\` #{pane_id} ; é 👍 \\ %1`;
    expect(await tmux.paste(target, `echo <<'END'; cat <<'END'`)).toEqual({ kind: 'done' });
    expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
    expect(await tmux.paste(target, text)).toEqual({ kind: 'done' });
    expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
    await waitUntil(async () => (await pane.capture()).includes(text), { what: 'the text' });
    expect(await server.run('list-buffers')).toBe('');
  });

  it('sends nothing to a pane in copy mode, gone, or of another life of the server', async () => {
    await using server = await createServer();
    const pane = await server.openPane();
    const target = { socket: server.socketPath, pane: pane.id };
    await server.run('copy-mode', '-t', pane.id);
    expect(await tmux.press(target, ['Enter'])).toMatchObject({ kind: 'refused' });
    expect(await tmux.paste(target, 'lost')).toMatchObject({ kind: 'refused' });
    expect(await tmux.leaveMode(target)).toEqual({ kind: 'done' });
    expect(await pane.expand('#{pane_in_mode}')).toBe('0');
    expect(await tmux.leaveMode(target)).toEqual({ kind: 'done' });
    expect(await tmux.paste(target, 'x', { panePid: 1 })).toMatchObject({ kind: 'refused' });
    const panePid = Number(await pane.expand('#{pane_pid}'));
    expect(await tmux.press(target, ['1'], { panePid })).toEqual({ kind: 'done' });
    await pane.close();
    expect(await tmux.paste(target, 'x')).toMatchObject({ kind: 'refused' });
    expect(await tmux.press(target, ['Enter'])).toMatchObject({ kind: 'refused' });
    expect(await server.run('list-buffers')).toBe('');
  });

  it('sends nothing to a pane whose title says that its program works', async () => {
    await using server = await createServer();
    const pane = await server.openPane({ command: 'stty -echo; exec cat' });
    const target = { socket: server.socketPath, pane: pane.id };
    const press = async (title: string) => {
      await server.run('select-pane', '-t', pane.id, '-T', title);
      const absentTitle = { regex: WORKING_TITLE };
      return (await tmux.press(target, ['1'], { absentTitle })).kind;
    };
    for (const sign of ['⠁', '⠂', '⠐', '⣿']) expect(await press(`${sign} Fix it`)).toBe('refused');
    const others = ['✳ Fix it', '✳ ⠂ Fix it', '⠂', 'host', '', '##{l:⠂} it, }'];
    for (const title of others) expect(await press(title), title).toBe('done');
  });

  it('sends only while the screen still shows the rows that were judged', async () => {
    await using server = await createServer();
    const pane = await server.openPane({ command: 'stty -echo; exec cat' });
    const target = { socket: server.socketPath, pane: pane.id };
    const text = `❯\u00a0it's {100%}, #{x}: "é" 👍 \\ done`;
    expect(await tmux.paste(target, text)).toEqual({ kind: 'done' });
    expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
    await waitUntil(async () => (await pane.capture()).includes(text), { what: 'the text' });
    const press = async (row: string) =>
      (await tmux.press(target, ['1'], { rows: [rowPattern(row)] })).kind;
    expect(await press(text)).toBe('done');
    expect(await press(`${text} and more`)).toBe('refused');
    expect(await press(text.slice(0, -4))).toBe('refused');
    expect(await press('x'.repeat(500))).toBe('refused');
    // The keys that were pressed so far are a row of their own.
    expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
    for (const end of ['.', '!', '?', ')', '$', '*', '|', '"', ':', '}', ',', '#', ']', '^', '~']) {
      const row = `ends in ${end}`;
      expect(await tmux.paste(target, row)).toEqual({ kind: 'done' });
      expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
      await waitUntil(async () => (await pane.capture()).includes(row), { what: row });
      expect(await press(row), row).toBe('done');
      expect(await tmux.press(target, ['Enter'])).toEqual({ kind: 'done' });
      expect(await press(`${row}x`), row).toBe('refused');
    }
  });
});
