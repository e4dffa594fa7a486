import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { isAlive } from './process-alive.ts';
import { createTmux, hasTmux } from './tmux.ts';
import { waitUntil } from './wait-until.ts';

describe.skipIf(!(await hasTmux()))('tmux fixture', () => {
  test('a pane has its own folder, size and environment, and nothing of the test run', async () => {
    await using tmux = await createTmux();
    const pane = await tmux.openPane({ env: { SHOP: 'acme' }, columns: 90, rows: 20 });
    await pane.paste('env | sort; echo END');
    await pane.press('Enter');
    const screen = await pane.waitForScreen(/^END$/m);
    expect(screen).toMatch(/^SHOP=acme$/m);
    expect(screen).toMatch(new RegExp(`^TMUX_PANE=${pane.id}$`, 'm'));
    expect(screen).not.toContain('VITEST');
    expect(await pane.expand('#{pane_width}x#{pane_height}')).toBe('90x20');
  });

  test('the name of a program in a PATH of the pane is found there', async () => {
    await using tmux = await createTmux();
    const pane = await tmux.openPane({ env: { PATH: '/nowhere:/bin:/usr/bin' } });
    await pane.paste('echo "path is $PATH"');
    await pane.press('Enter');
    await pane.waitForScreen(/^path is \/nowhere:/m);
  });

  test('disposing ends the server and what ran in its panes', async () => {
    const tmux = await createTmux();
    const pane = await tmux.openPane({ command: 'exec sleep 1000' });
    const pids = await Promise.all([pane.expand('#{pane_pid}'), pane.expand('#{pid}')]);
    await tmux[Symbol.asyncDispose]();
    await waitUntil(() => pids.every((pid) => !isAlive(Number(pid))));
  });

  test('the server ends by itself when the test process is killed', async () => {
    const code = `
      import { createTmux } from ${JSON.stringify(new URL('tmux.ts', import.meta.url).href)};
      const tmux = await createTmux();
      console.log(tmux.socketPath);
      console.log((await tmux.run('display-message', '-p', '#{pid}')).trim());
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', code]);
    const lines = createInterface(owner.stdout)[Symbol.asyncIterator]();
    const [socketPath, serverPid] = [await lines.next(), await lines.next()].map(({ value }) =>
      String(value),
    );
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await waitUntil(() => !isAlive(Number(serverPid)));
    await rm(dirname(String(socketPath)), { recursive: true, force: true });
  });
});
