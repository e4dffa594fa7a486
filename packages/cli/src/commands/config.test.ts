/** `headspace config …`, with no server anywhere. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliHome, type CliHome } from '../testing/cli.ts';

function homeWith(text?: string): CliHome {
  const home = cliHome();
  mkdirSync(home.paths.home, { recursive: true });
  if (text !== undefined) writeFileSync(home.paths.configFile, text);
  return home;
}

const file = (home: CliHome): string => readFileSync(home.paths.configFile, 'utf8');

describe('config list and get', () => {
  it('show values and where they come from', async () => {
    using home = homeWith('# mine\nlog.level: debug\nserver.port: 7\n');
    const list = await home.run('config', 'list');
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(/log\.level +debug +config\.yaml:2/);
    expect(list.stdout).toMatch(/server\.port +2 +HEADSPACE_SERVER_PORT; also in config\.yaml/);
    expect((await home.run('config', 'get', 'log.level')).stdout).toBe('debug\n');
    const json = JSON.parse((await home.run('config', 'get', 'server.port', '--json')).stdout);
    expect(json).toMatchObject({ value: 2, source: 'environment', fileValue: 7, default: 5055 });
    expect((await home.run('config', 'path')).stdout).toBe(`${home.paths.configFile}\n`);
  });

  it('never show a secret', async () => {
    using home = homeWith('database.url: postgres://hidden\n');
    for (const args of [['list'], ['list', '--json'], ['get', 'database.url', '--json']]) {
      const { stdout, stderr } = await home.run('config', ...args);
      expect(stdout + stderr).not.toContain('hidden');
    }
    expect((await home.run('config', 'get', 'database.url')).stdout).toBe('set\n');
  });

  it('refuse a name that no setting has', async () => {
    using home = homeWith();
    const { code, stderr } = await home.run('config', 'get', 'server.prot');
    expect(code).toBe(2);
    expect(stderr).toContain('there is no setting "server.prot"');
  });
});

describe('config set and unset', () => {
  it('change one thing and say when it counts', async () => {
    using home = homeWith('# mine\nlog: {level: info} # c\nserver.port: 7\n');
    const live = await home.run('config', 'set', 'log.level', 'warn');
    expect(live.stdout).toContain('takes it over at once');
    const restart = await home.run('config', 'set', 'server.port', '8');
    expect(restart.stdout).toContain('needs a restart');
    expect(restart.stdout).toContain('HEADSPACE_SERVER_PORT goes before it');
    expect(file(home)).toBe('# mine\nlog: {level: warn} # c\nserver.port: 8\n');
    expect((await home.run('config', 'set', 'log.level', 'warn')).stdout).toContain('already');
    expect((await home.run('config', 'unset', 'log.level', 'server.port')).code).toBe(0);
    expect(file(home)).toBe('# mine\nlog: {} # c\n');
  });

  it('make the file, with types as the table has them', async () => {
    using home = homeWith();
    await home.run('config', 'set', 'server.allowedHosts', 'a.example,b.example');
    const { code, stdout } = await home.run('config', 'set', 'events.maxStreams', '9', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: true, file: home.paths.configFile });
    expect(file(home)).toBe(
      'server:\n  allowedHosts: [a.example, b.example]\nevents:\n  maxStreams: 9\n',
    );
  });

  it('refuse what does not fit, with its reason', async () => {
    using home = homeWith('log.level: info\n');
    const { code, stderr } = await home.run('config', 'set', 'log.level', 'loud');
    expect(code).toBe(2);
    expect(stderr).toContain('log.level: ');
    expect(file(home)).toBe('log.level: info\n');
  });

  it('touch no broken file', async () => {
    using home = homeWith('log: [\n');
    const { code, stderr } = await home.run('config', 'set', 'log.level', 'warn');
    expect(code).toBe(1);
    expect(stderr).toContain(`${home.paths.configFile}:2:1`);
    expect(file(home)).toBe('log: [\n');
  });
});

describe('config edit', () => {
  const editor = (home: CliHome, script: string): void => {
    const path = join(home.folder, 'editor');
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    home.env['EDITOR'] = path;
  };

  it('puts the checked copy in place', async () => {
    using home = homeWith('# mine\n');
    editor(home, 'echo "log.level: warn" >> "$1"');
    expect(await home.run('config', 'edit')).toMatchObject({ code: 0 });
    expect(file(home)).toBe('# mine\nlog.level: warn\n');
  });

  it('writes nothing that is wrong, and keeps the copy', async () => {
    using home = homeWith('# mine\n');
    editor(home, 'echo "log.level: loud" >> "$1"');
    const { code, stderr } = await home.run('config', 'edit');
    expect(code).toBe(1);
    expect(stderr).toContain('(line 2)');
    expect(file(home)).toBe('# mine\n');
    const copy = /Your text is in (\S+)\./.exec(stderr)?.[1] ?? '';
    expect(readFileSync(copy, 'utf8')).toContain('loud');
  });

  it('overwrites nobody who was quicker', async () => {
    using home = homeWith('# mine\n');
    editor(home, `echo "log.level: warn" >> "$1"; echo "# theirs" > '${home.paths.configFile}'`);
    const { code, stderr } = await home.run('config', 'edit');
    expect(code).toBe(1);
    expect(stderr).toContain('changed by somebody else');
    expect(file(home)).toBe('# theirs\n');
  });
});

describe('config validate', () => {
  it('names what is wrong and what is ignored, with places', async () => {
    using home = homeWith('server.prot: 1\nlog.level: loud\n');
    const { code, stdout } = await home.run('config', 'validate');
    expect(code).toBe(1);
    expect(stdout).toMatch(/wrong .*config\.yaml: log\.level \(line 2\)/);
    expect(stdout).toMatch(/ignored .*server\.prot \(line 1\): there is no such setting/);
    const good = homeWith('log.level: warn\n');
    expect(await good.run('config', 'validate')).toMatchObject({ code: 0 });
    good[Symbol.dispose]();
  });

  it('checks another file', async () => {
    using home = homeWith('log.level: warn\n');
    writeFileSync(join(home.folder, 'other.yaml'), 'log: [\n');
    const { code, stdout } = await home.run('config', 'validate', 'other.yaml', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ line: 2, column: 1 }] });
  });
});

describe('a broken config.yaml', () => {
  it('is named by doctor, which goes on with the rest', async () => {
    using home = homeWith('log: [\n');
    const { stdout } = await home.run('doctor');
    expect(stdout).toMatch(/failed +settings: .*config\.yaml:2:1/);
    expect(stdout).toContain('token files');
  });

  it('leaves nothing beside the file', async () => {
    using home = homeWith('log.level: info\n');
    await home.run('config', 'set', 'log.level', 'warn');
    const names = readdirSync(home.paths.home).filter((name) => name.includes('config'));
    expect(names.sort()).toEqual(['config.yaml', 'config.yaml.lock']);
  });
});
