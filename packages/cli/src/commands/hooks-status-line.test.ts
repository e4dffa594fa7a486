/** The status line in Claude Code's settings: put in, taken out, and left to its owner. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HooksReport } from './hooks-status.ts';
import { cliHome, type CliHome } from '../testing/cli.ts';
import { runCommand } from '../testing/hook-run.ts';

const OWN = `jq -r '.model.id' && echo "\\u00e9"`;

function writeSettings(home: CliHome, text: string): void {
  mkdirSync(dirname(home.settings), { recursive: true });
  writeFileSync(home.settings, text);
}

const read = (home: CliHome): string => readFileSync(home.settings, 'utf8');

/** The setting as Claude Code reads it. */
const setting = (home: CliHome): unknown =>
  (JSON.parse(read(home)) as { statusLine?: unknown }).statusLine;

async function report(home: CliHome): Promise<HooksReport['statusLine']> {
  const run = await home.run('hooks', 'status', '--json');
  return (JSON.parse(run.stdout) as HooksReport).statusLine;
}

const SAMPLES: [string, string][] = [
  ['none', '{\n  "model": "opus"\n}\n'],
  ['with keys', `{"statusLine":{"padding":0,"type":"command","command":"a","refreshInterval":5}}`],
  ['comments', '{ // x\r\n\t"statusLine": { "command": "echo \\u0041", "type": "command", }, }'],
  [
    'twice',
    '{"statusLine":{"type":"command","command":"1"},"statusLine":{"type":"command","command":"2"}}',
  ],
  ['no command', '{"statusLine": {"type": "static", "text": "x"}}'],
  ['null', '{"statusLine": null}'],
];

describe('the status line in the settings', () => {
  it.each(SAMPLES)('comes back byte for byte: %s', async (_name, text) => {
    using home = cliHome();
    writeSettings(home, text);
    expect((await home.run('hooks', 'install', '--yes')).code).toBe(0);
    expect((await home.run('hooks', 'install', '--yes')).stdout).toContain('nothing to do');
    expect((await home.run('hooks', 'uninstall', '--yes')).code).toBe(0);
    expect(read(home)).toBe(text);
  });

  it("runs the user's own command and keeps its other keys", async () => {
    using home = cliHome();
    const own = { type: 'command', command: 'cat; echo mine', padding: 0, refreshInterval: 5 };
    writeSettings(home, JSON.stringify({ statusLine: own }, undefined, 2));
    await home.run('hooks', 'install', '--yes');
    const installed = setting(home) as typeof own;
    expect(installed).toEqual({ ...own, command: expect.stringContaining('headspace-statusline') });
    const run = await runCommand(['/bin/sh', '-c', installed.command], 'the input\n');
    expect(run).toMatchObject({ code: 0, stdout: 'the input\nmine\n', stderr: '' });
    expect(await report(home)).toEqual({ state: 'installed', own: own.command });
    expect((await home.run('hooks', 'status')).stdout).toContain(
      'installed, runs your own: cat; echo mine',
    );
  });

  it('comes back where something else has changed since', async () => {
    using home = cliHome();
    writeSettings(home, JSON.stringify({ statusLine: { type: 'command', command: OWN } }));
    await home.run('hooks', 'install', '--yes');
    const changed = JSON.parse(read(home)) as { statusLine: object };
    writeSettings(
      home,
      JSON.stringify({ ...changed, a: 1, statusLine: { ...changed.statusLine, padding: 2 } }),
    );
    await home.run('hooks', 'uninstall', '--yes');
    expect(JSON.parse(read(home))).toEqual({
      statusLine: { type: 'command', command: OWN, padding: 2 },
      a: 1,
    });
  });

  it('goes where there was none, whatever else has changed', async () => {
    using home = cliHome();
    writeSettings(home, '{}');
    await home.run('hooks', 'install', '--yes');
    expect(setting(home)).toEqual({ type: 'command', command: home.paths.statusLineScript });
    writeSettings(home, JSON.stringify({ ...(JSON.parse(read(home)) as object), a: 1 }));
    await home.run('hooks', 'uninstall', '--yes');
    expect(JSON.parse(read(home))).toEqual({ a: 1 });
  });

  it('stays as its owner puts it afterwards; installing again runs the new one', async () => {
    using home = cliHome();
    writeSettings(home, JSON.stringify({ statusLine: { type: 'command', command: 'old' } }));
    await home.run('hooks', 'install', '--yes');
    const others = { type: 'command', command: 'new' };
    const text = JSON.stringify({ ...(JSON.parse(read(home)) as object), statusLine: others });
    writeSettings(home, text);
    expect(await report(home)).toEqual({ state: 'not installed', own: 'new' });
    await home.run('hooks', 'uninstall', '--yes');
    expect(setting(home)).toEqual(others);

    writeSettings(home, text);
    await home.run('hooks', 'install', '--yes');
    expect(await report(home)).toEqual({ state: 'installed', own: 'new' });
    await home.run('hooks', 'uninstall', '--yes');
    expect(setting(home)).toEqual(others);
  });

  it('is left alone with --no-statusline, and taken out where it stood', async () => {
    using home = cliHome();
    const own = { type: 'command', command: 'mine' };
    writeSettings(home, JSON.stringify({ statusLine: own }));
    await home.run('hooks', 'install', '--yes', '--no-statusline');
    expect(setting(home)).toEqual(own);
    expect(await report(home)).toEqual({ state: 'not installed', own: 'mine' });
    await home.run('hooks', 'install', '--yes');
    expect(setting(home)).not.toEqual(own);
    await home.run('hooks', 'install', '--yes', '--no-statusline');
    expect(setting(home)).toEqual(own);
    expect(read(home)).toContain('headspace-hook Stop');
  });

  it('is left alone where it is no command', async () => {
    using home = cliHome();
    writeSettings(home, '{"statusLine": {"type": "static"}}');
    await home.run('hooks', 'install', '--yes');
    expect(setting(home)).toEqual({ type: 'static' });
    expect(await report(home)).toEqual({ state: 'not possible', own: null });
  });
});
