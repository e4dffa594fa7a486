/** Installing and uninstalling in real folders. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLine } from '@headspace/home';
import { cliHome, type CliHome } from '../testing/cli.ts';
import { startHookServer } from '../testing/hook-server.ts';

function writeSettings(home: CliHome, text: string | Buffer, path = home.settings): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const SAMPLES: [string, string | Buffer][] = [
  ['plain', '{\n  "model": "opus"\n}\n'],
  ['comments and trailing commas', '// mine\n{\n  "a": 1, // one\n  /* two */ "b": [1,],\n}\n'],
  ['CRLF', '{\r\n  "a": 1\r\n}\r\n'],
  ['byte order mark', '\uFEFF{\n\t"a": "ü"\n}'],
  ['one line', '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"say"}]}]},"x":1}'],
  ['empty hooks', '{ "hooks": { "Stop": [ ] , } }'],
  ['empty file', ''],
  ['blanks only', '\n\n'],
];

describe('hooks install and uninstall', () => {
  it.each(SAMPLES)('give back the same bytes: %s', async (_name, text) => {
    using home = cliHome();
    writeSettings(home, text);
    const before = readFileSync(home.settings);
    expect((await home.run('hooks', 'install', '--yes')).code).toBe(0);
    expect(readFileSync(home.settings, 'utf8')).toContain('headspace-hook PreToolUse');
    expect((await home.run('hooks', 'install', '--yes')).stdout).toContain('nothing to do');
    expect((await home.run('hooks', 'uninstall', '--yes')).code).toBe(0);
    expect(readFileSync(home.settings).equals(before)).toBe(true);
    expect((await home.run('hooks', 'uninstall', '--yes')).stdout).toContain('nothing to do');
    expect(readdirSync(home.paths.installs)).toEqual([]);
  });

  it('make the file where there is none, and take it away again', async () => {
    using home = cliHome();
    await home.run('hooks', 'install', '--yes');
    const settings: unknown = JSON.parse(readFileSync(home.settings, 'utf8'));
    expect(settings).toMatchObject({
      hooks: {
        Stop: [
          {
            hooks: [{ type: 'command', command: `${home.paths.hookScript} Stop`, timeout: 5 }],
          },
        ],
      },
    });
    expect(statSync(home.settings).mode & 0o777).toBe(0o600);
    expect(statSync(home.paths.hookScript).mode & 0o777).toBe(0o755);
    await home.run('hooks', 'uninstall', '--yes');
    expect(existsSync(home.settings)).toBe(false);
  });

  it('keep what others change in between', async () => {
    using home = cliHome();
    await home.run('hooks', 'install', '--yes');
    // Claude Code itself writes the file again, with other layout and a new key.
    const rewritten: unknown = JSON.parse(readFileSync(home.settings, 'utf8'));
    const text = JSON.stringify({ ...Object(rewritten), model: 'opus' }, undefined, 2);
    writeSettings(home, text);
    expect((await home.run('hooks', 'install', '--yes')).stdout).toContain('nothing to do');
    await home.run('hooks', 'uninstall', '--yes');
    expect(JSON.parse(readFileSync(home.settings, 'utf8'))).toEqual({ model: 'opus' });
  });

  it('bring an old installation up to date and still know the bytes before', async () => {
    using home = cliHome();
    writeSettings(home, '{ "a": 1 }');
    await home.run('hooks', 'install', '--yes', '--claude-version', '2.0.45');
    expect(readFileSync(home.settings, 'utf8')).not.toContain('StopFailure');
    const second = await home.run('hooks', 'install', '--yes');
    expect(second.stdout).toContain('StopFailure');
    await home.run('hooks', 'uninstall', '--yes');
    expect(readFileSync(home.settings, 'utf8')).toBe('{ "a": 1 }');
  });

  it('show the diff and write nothing on --dry-run or without a terminal', async () => {
    using home = cliHome();
    writeSettings(home, '{\n  "a": 1\n}\n');
    const dry = await home.run('hooks', 'install', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain('-  "a": 1\n+  "a": 1,\n+  "hooks": {');
    expect(existsSync(home.paths.hookScript)).toBe(false);
    const asked = await home.run('hooks', 'install');
    expect(asked).toMatchObject({ code: 2 });
    expect(asked.stderr).toContain('--yes');
    expect(readFileSync(home.settings, 'utf8')).toBe('{\n  "a": 1\n}\n');
  });

  it('refuse a broken file with line and column, untouched', async () => {
    using home = cliHome();
    writeSettings(home, '{\n  "a": 1\n  "b": 2\n}\n');
    const run = await home.run('hooks', 'install', '--yes');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`${home.settings}:3:3: comma expected`);
    expect(readFileSync(home.settings, 'utf8')).toBe('{\n  "a": 1\n  "b": 2\n}\n');
    writeSettings(home, Buffer.from([0x7b, 0xff, 0x7d]));
    expect((await home.run('hooks', 'install', '--yes')).stderr).toContain('not UTF-8');
  });

  it('follow a link and keep the mode', async () => {
    using home = cliHome();
    const real = join(home.folder, 'dotfiles', 'claude.json');
    writeSettings(home, '{}', real);
    chmodSync(real, 0o640);
    mkdirSync(dirname(home.settings));
    symlinkSync('../dotfiles/claude.json', home.settings);
    await home.run('hooks', 'install', '--yes');
    expect(lstatSync(home.settings).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(real))).toEqual(['claude.json']);
    await home.run('hooks', 'uninstall', '--yes');
    expect(readFileSync(real, 'utf8')).toBe('{}');
  });

  it('know project, file and configuration folder', async () => {
    using home = cliHome();
    await home.run('hooks', 'install', '--yes', '--project', 'p');
    await home.run('hooks', 'install', '--yes', '--settings', 'x.json');
    home.env['CLAUDE_CONFIG_DIR'] = join(home.folder, 'c');
    await home.run('hooks', 'install', '--yes');
    const texts = ['p/.claude/settings.json', 'x.json', 'c/settings.json'].map((path) =>
      readFileSync(join(home.folder, path), 'utf8'),
    );
    expect(new Set(texts).size).toBe(1);
    await home.run('hooks', 'uninstall', '--yes', '--project', 'p');
    expect(existsSync(join(home.folder, 'p/.claude/settings.json'))).toBe(false);
    expect(existsSync(join(home.folder, 'x.json'))).toBe(true);
  });

  it('never put the token into the settings, for either transport', async () => {
    using home = cliHome();
    for (const transport of ['command', 'http']) {
      await home.run('hooks', 'install', '--yes', '--transport', transport);
      const text = readFileSync(home.settings, 'utf8');
      expect(text).not.toContain(readLine(home.paths.hookToken));
      expect(text.includes('"type": "http"')).toBe(transport === 'http');
      const status = await home.run('hooks', 'status', '--json');
      expect(JSON.parse(status.stdout)).toMatchObject({ transport });
      expect(status.stdout).not.toContain('outdated');
    }
    const old = ['hooks', 'install', '--transport', 'http', '--claude-version', '2.1.62'];
    expect((await home.run(...old)).stderr).toContain('has no http hooks');
  });

  it('install the least where the version is not found, and remember a given one', async () => {
    using home = cliHome(null);
    const first = await home.run('hooks', 'install', '--yes');
    expect(first.stdout).toContain('version of Claude Code was not found');
    expect(readFileSync(home.settings, 'utf8')).not.toContain('StopFailure');
    await home.run('hooks', 'install', '--yes', '--claude-version', '2.1.251');
    const status = await home.run('hooks', 'status');
    expect(status.stdout).toMatch(/PostModelSwitch\s+installed/);
    expect(status.stdout).toContain('from the last installation');
  });
});

describe('hooks status and flush', () => {
  it('tell what is missing, then deliver what waits', async () => {
    using home = cliHome();
    const before = JSON.parse((await home.run('hooks', 'status', '--json')).stdout);
    expect(before).toMatchObject({ script: 'missing', token: 'missing', serverReachable: false });
    await using server = await startHookServer();
    home.env['HEADSPACE_SERVER_PORT'] = String(server.port);
    await home.run('hooks', 'install', '--yes');
    writeFileSync(join(home.paths.spool, '1000-1-Stop.event'), 'POST /hook/stop\n\n{}');
    const status = JSON.parse((await home.run('hooks', 'status', '--json')).stdout);
    expect(status).toMatchObject({
      script: 'installed',
      token: 'present',
      serverReachable: true,
      spool: { waiting: 1, oldest: '1970-01-01T00:00:01.000Z', rejected: 0 },
    });
    expect((await home.run('hooks', 'flush')).stdout).toContain('1 delivered');
    expect(server.requests.at(-1)?.url).toBe('/hook/stop');
  });

  it('flush ends with 3 while the server is down', async () => {
    using home = cliHome();
    await home.run('hooks', 'install', '--yes');
    writeFileSync(join(home.paths.spool, '1000-1-Stop.event'), 'POST /hook/stop\n\n{}');
    const run = await home.run('hooks', 'flush', '--json');
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject({ delivered: 0, waiting: 1 });
  });
});
