import { describe, expect, it } from 'vitest';
import { flagName, loadSettings, resolveSettings, SettingsError } from './settings.ts';

const file = (text: string) => ({ path: '/h/config.yaml', text });

describe('loading settings', () => {
  it('has a default for each', () => {
    const settings = loadSettings({ env: {} });
    expect(settings['server.port']).toBe(5055);
    expect(settings['database.url']).toBeUndefined();
    expect(settings['server.allowedHosts']).toEqual([]);
  });

  it('takes flag before environment before file before default', () => {
    const text = 'server:\n  port: 1\n  host: file\ndatabase.poolSize: 7\n';
    const env = { HEADSPACE_SERVER_PORT: '2', HEADSPACE_SERVER_HOST: '' };
    const flags = { 'server.port': '3' };
    expect(loadSettings({ env, flags, file: file(text) })['server.port']).toBe(3);
    expect(loadSettings({ env, file: file(text) })['server.port']).toBe(2);
    const settings = loadSettings({ env: {}, file: file(text) });
    expect(settings['server.port']).toBe(1);
    expect(settings['database.poolSize']).toBe(7);
    expect(loadSettings({ env, file: file(text) })['server.host']).toBe('file');
  });

  it('honours the additional variables after its own', () => {
    const env = { DATABASE_URL: 'postgres://a', CLAUDE_CONFIG_DIR: '/c' };
    expect(loadSettings({ env })).toMatchObject({
      'database.url': 'postgres://a',
      'claude.configDir': '/c',
    });
    const both = { ...env, HEADSPACE_DATABASE_URL: 'postgres://b' };
    expect(loadSettings({ env: both })['database.url']).toBe('postgres://b');
  });

  it('reads lists from a file and from a variable', () => {
    const text = 'server:\n  allowedHosts: [a, b]\n';
    expect(loadSettings({ env: {}, file: file(text) })['server.allowedHosts']).toEqual(['a', 'b']);
    const env = { HEADSPACE_SERVER_ALLOWED_HOSTS: 'a,b' };
    expect(loadSettings({ env })['server.allowedHosts']).toEqual(['a', 'b']);
  });

  it('names every problem with its place and reason', () => {
    const text = 'server:\n  port: 70000\n  prot: 1\nlog.level: loud\n';
    const env = { HEADSPACE_DATABASE_POOL_SIZE: 'x' };
    const problems = problemsOf(() => loadSettings({ env, file: file(text) }));
    expect(problems.map((p) => p.path)).toEqual([
      '/h/config.yaml: server.port',
      'HEADSPACE_DATABASE_POOL_SIZE',
      '/h/config.yaml: log.level',
    ]);
    expect(problems[0]).toMatchObject({ name: 'server.port', line: 2, column: 3 });
    expect(problems[0]?.reason).toContain('70000');
  });

  it('names line and column of broken YAML', () => {
    const [problem] = problemsOf(() => loadSettings({ env: {}, file: file('a: [1,\nb: }') }));
    expect(problem?.path).toMatch(/^\/h\/config\.yaml:\d+:\d+$/);
  });

  it('never shows a secret', () => {
    const text = 'database:\n  url: [secret]\n';
    const [problem] = problemsOf(() => loadSettings({ env: {}, file: file(text) }));
    expect(problem?.path).toBe('/h/config.yaml: database.url');
    expect(problem?.reason).not.toContain('secret');
  });

  it.each(['', '# only a comment\n', '---\n'])('takes a file without settings: %j', (text) => {
    expect(loadSettings({ env: {}, file: file(text) })['server.port']).toBe(5055);
  });

  it('refuses a file that is no map', () => {
    const [problem] = problemsOf(() => loadSettings({ env: {}, file: file('- 1\n') }));
    expect(problem).toMatchObject({ path: '/h/config.yaml', reason: 'must hold settings by name' });
  });

  it('leaves names that no setting has alone, and names them', () => {
    const text = 'server:\n  prot: 1\n  port: 7\nother:\n  thing: [1]\n';
    const { rows, problems, warnings } = resolveSettings({ env: {}, file: file(text) });
    expect(problems).toEqual([]);
    expect(rows.find((row) => row.name === 'server.port')).toMatchObject({
      value: 7,
      source: 'file',
      origin: 'config.yaml:3',
    });
    expect(warnings.map(({ path, line }) => [path, line])).toEqual([
      ['/h/config.yaml: server.prot', 2],
      ['/h/config.yaml: other.thing', 5],
    ]);
  });

  it('says which value counts and what stands in the file', () => {
    const env = { HEADSPACE_LOG_LEVEL: 'warn' };
    const { rows } = resolveSettings({ env, file: file('log:\n  level: debug\n') });
    expect(rows.find((row) => row.name === 'log.level')).toEqual({
      name: 'log.level',
      value: 'warn',
      source: 'environment',
      origin: 'HEADSPACE_LOG_LEVEL',
      inFile: true,
      fileValue: 'debug',
    });
  });

  it('warns of a wrong value in the file that a variable goes before', () => {
    const env = { HEADSPACE_LOG_LEVEL: 'warn' };
    const { problems, warnings } = resolveSettings({ env, file: file('log.level: loud\n') });
    expect(problems).toEqual([]);
    expect(warnings[0]).toMatchObject({ name: 'log.level', line: 1 });
  });

  it('makes flags of names', () => {
    expect(flagName('database.poolSize')).toBe('--database-pool-size');
  });
});

function problemsOf(work: () => unknown): SettingsError['problems'] {
  try {
    work();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('no SettingsError was thrown');
}
