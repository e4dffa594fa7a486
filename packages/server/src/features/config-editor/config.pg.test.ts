/** Settings over HTTP, in a running server, with its file changed from all sides. */
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigView, type Problem, type SettingView } from '@headspace/contract';
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import { spawnServer, startTestServer, type TestServer } from '@headspace/testkit/server';
import { pino } from 'pino';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

interface World extends AsyncDisposable {
  readonly server: TestServer;
  readonly file: string;
  call(init?: RequestInit): Promise<Response>;
  view(): Promise<ConfigView>;
  patch(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

async function world(text?: string): Promise<World> {
  const home = mkdtempSync(path.join(tmpdir(), 'headspace-settings-'));
  const file = path.join(home, 'config.yaml');
  if (text !== undefined) writeFileSync(file, text);
  const server = await startTestServer({ database, home });
  const call = (init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${server.operatorToken}`);
    return fetch(`${server.url}/api/config`, { ...init, headers });
  };
  return {
    server,
    file,
    call,
    view: async () => ConfigView.parse(await (await call()).json()),
    patch: (body, headers = {}) =>
      call({
        method: 'PATCH',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function one(view: ConfigView, name: string): SettingView | undefined {
  return view.settings.find((setting) => setting.name === name);
}

describe('GET /api/config', () => {
  it('shows each setting with value, source and bounds, and no secret', async () => {
    await using at = await world('# mine\nhooks:\n  retentionDays: 30\n');
    const answer = await at.call();
    const text = await answer.text();
    const view = ConfigView.parse(JSON.parse(text));
    expect(answer.headers.get('etag')).toBe(view.etag);
    expect(view).toMatchObject({ file: at.file, exists: true, problems: [], restartNeeded: [] });
    expect(one(view, 'hooks.retentionDays')).toMatchObject({
      value: 30,
      source: 'file',
      origin: 'config.yaml:3',
      default: 14,
      min: 0.01,
      live: true,
      variables: ['HEADSPACE_HOOKS_RETENTION_DAYS'],
      flag: '--hooks-retention-days',
    });
    expect(one(view, 'log.level')).toMatchObject({ kind: 'choice', value: 'silent' });
    expect(one(view, 'database.url')).toMatchObject({ secret: true, value: null, isSet: true });
    expect(text).not.toContain(database.url);
  });

  it('says which values are overridden, and by what', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'headspace-settings-'));
    writeFileSync(path.join(home, 'config.yaml'), 'log.level: debug\ndatabase.poolSize: 7\n');
    const server = await spawnServer({ database, home });
    try {
      const answer = await fetch(`${server.url}/api/config`, {
        headers: { authorization: `Bearer ${server.operatorToken}` },
      });
      const view = ConfigView.parse(await answer.json());
      expect(one(view, 'log.level')).toMatchObject({
        value: 'silent',
        source: 'environment',
        origin: 'HEADSPACE_LOG_LEVEL',
        inFile: true,
        fileValue: 'debug',
      });
    } finally {
      await server.end('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('PATCH /api/config', () => {
  it('changes what is sent, takes null out, and keeps the rest byte for byte', async () => {
    const text = '# mine\nevents: {maxStreams: 7} # few\nother: [1, {a: b}]\nlog.level: info\n';
    await using at = await world(text);
    const answer = await at.patch({ 'events.maxStreams': 9, log: { level: null } });
    expect(answer.status).toBe(200);
    expect(readFileSync(at.file, 'utf8')).toBe(
      '# mine\nevents: {maxStreams: 9} # few\nother: [1, {a: b}]\n',
    );
    const view = ConfigView.parse(await answer.json());
    expect(answer.headers.get('etag')).toBe(view.etag);
    expect(one(view, 'events.maxStreams')).toMatchObject({ value: 9, running: 9 });
    // The live one is in use at once.
    expect(at.server.context.settings['events.maxStreams']).toBe(9);
  });

  it('makes the file where there is none, closed to others', async () => {
    await using at = await world();
    expect((await at.view()).exists).toBe(false);
    expect((await at.patch({ 'server.port': 6000 }, { 'if-match': '"none"' })).status).toBe(200);
    expect(readFileSync(at.file, 'utf8')).toBe('server:\n  port: 6000\n');
    expect(statSync(at.file).mode & 0o777).toBe(0o600);
  });

  it('writes through a symbolic link and keeps the mode', async () => {
    await using at = await world('x: 1\n');
    const target = path.join(path.dirname(at.file), 'dotfiles.yaml');
    writeFileSync(target, '# there\n');
    chmodSync(target, 0o640);
    rmSync(at.file);
    symlinkSync(target, at.file);
    expect((await at.patch({ 'log.level': 'warn' })).status).toBe(200);
    expect(realpathSync(at.file)).toBe(realpathSync(target));
    expect(readFileSync(target, 'utf8')).toBe('# there\nlog:\n  level: warn\n');
    expect(statSync(target).mode & 0o777).toBe(0o640);
  });

  it('answers 412 with the present values where the content is another', async () => {
    await using at = await world('log.level: info\n');
    const { etag } = await at.view();
    expect((await at.patch({ 'events.maxStreams': 5 }, { 'if-match': etag })).status).toBe(200);
    const late = await at.patch({ 'events.maxStreams': 6 }, { 'if-match': etag });
    const problem = (await late.json()) as Problem;
    expect(late.status).toBe(412);
    expect(late.headers.get('content-type')).toContain('application/problem+json');
    expect(problem.code).toBe('config_changed');
    const current = ConfigView.parse(problem.current);
    expect(late.headers.get('etag')).toBe(current.etag);
    expect(one(current, 'events.maxStreams')?.value).toBe(5);
    const again = await at.patch(
      { 'events.maxStreams': 6 },
      { 'if-match': `"x", ${current.etag}` },
    );
    expect(again.status).toBe(200);
    expect((await at.patch({}, { 'if-match': `W/${current.etag}` })).status).toBe(412);
    expect((await at.patch({}, { 'if-match': '*' })).status).toBe(200);
  });

  it('names every wrong value with its path and reason, and writes nothing', async () => {
    await using at = await world('log.level: info\n');
    const answer = await at.patch({
      server: { port: 70000, prot: 1 },
      'log.level': 'loud',
      'events.maxStreams': 5,
    });
    expect(answer.status).toBe(400);
    const { errors = [] } = (await answer.json()) as Problem;
    expect(errors.map((error) => error.path)).toEqual(['server.port', 'server.prot', 'log.level']);
    expect(errors[0]?.message).toContain('70000');
    expect(readFileSync(at.file, 'utf8')).toBe('log.level: info\n');
  });

  it('takes a secret and never gives it back', async () => {
    await using at = await world();
    const answer = await at.patch({ 'database.url': 'postgres://a:hidden@b/c' });
    expect(await answer.text()).not.toContain('hidden');
    expect(readFileSync(at.file, 'utf8')).toContain('hidden');
    const wrong = await at.patch({ 'database.url': ['hidden'] });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).not.toContain('hidden');
  });

  it('changes the level of the log at once', async () => {
    const logger = pino({ level: 'info' }, { write: () => undefined });
    const settings = { 'log.level': 'info' } as const;
    await using server = await startTestServer({ database, settings, overrides: { logger } });
    const answer = await fetch(`${server.url}/api/config`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${server.operatorToken}`,
        'content-type': 'application/json',
      },
      body: '{"log.level":"debug"}',
    });
    expect(answer.status).toBe(200);
    expect(logger.level).toBe('debug');
  });

  it('has a loop that rests begin its next round with the new interval', async () => {
    await using at = await world('lockReports.intervalMs: 600000\n');
    const reports = at.server.context.services.find(({ name }) => name === 'lock-reports');
    const last = () => reports?.health().lastSuccessAt ?? 0;
    await waitUntil(() => last() > 0, { what: 'the first round' });
    const first = last();
    expect((await at.patch({ 'lockReports.intervalMs': 50 })).status).toBe(200);
    await waitUntil(() => last() > first, { what: 'a round at once' });
    const second = last();
    await waitUntil(() => last() > second, { what: 'the next one' });
  });

  it('says which new values need a restart', async () => {
    await using at = await world();
    const answer = await at.patch({ 'hooks.maxTries': 4, 'hooks.retentionDays': 3 });
    const view = ConfigView.parse(await answer.json());
    expect(view.restartNeeded).toEqual(['hooks.maxTries']);
    expect(one(view, 'hooks.maxTries')).toMatchObject({ value: 4, running: 3 });
    const back = await at.patch({ 'hooks.maxTries': null });
    expect(ConfigView.parse(await back.json()).restartNeeded).toEqual([]);
  });

  it('asks for the operator', async () => {
    await using at = await world();
    expect((await fetch(`${at.server.url}/api/config`)).status).toBe(401);
    const hook = { authorization: `Bearer ${at.server.hookToken}` };
    const patch = { method: 'PATCH', headers: hook, body: '{}' };
    expect((await fetch(`${at.server.url}/api/config`, patch)).status).toBe(401);
  });
});

describe('a file that is edited by hand', () => {
  it('is taken over without a restart', async () => {
    await using at = await world();
    writeFileSync(at.file, 'events:\n  maxStreams: 3\nlog.level: debug\n');
    await expect
      .poll(() => at.server.context.settings['events.maxStreams'], { timeout: 20_000 })
      .toBe(3);
  });

  it('is refused with line and column where it is broken, and the old values stay', async () => {
    await using at = await world('events.maxStreams: 3\n');
    writeFileSync(at.file, 'events.maxStreams: 4\nlog: [debug\n');
    const broken = await at.view();
    expect(broken.problems).toHaveLength(1);
    expect(broken.problems[0]).toMatchObject({ path: `${at.file}:3:1`, line: 3, column: 1 });
    expect(one(broken, 'events.maxStreams')).toMatchObject({ value: 3, running: 3 });
    const patch = await at.patch({ 'events.maxStreams': 5 });
    expect(patch.status).toBe(409);
    expect(((await patch.json()) as Problem).errors?.[0]?.path).toBe(`${at.file}:3:1`);
    expect(readFileSync(at.file, 'utf8')).toBe('events.maxStreams: 4\nlog: [debug\n');
    writeFileSync(at.file, 'events.maxStreams: 4\n');
    expect(one(await at.view(), 'events.maxStreams')).toMatchObject({ value: 4, running: 4 });
  });

  it('with one wrong value is not taken over in part, and can be corrected over the API', async () => {
    await using at = await world();
    writeFileSync(at.file, 'events.maxStreams: 4\nhooks.maxTries: none\n');
    const wrong = await at.view();
    expect(wrong.problems).toMatchObject([{ name: 'hooks.maxTries', line: 2, column: 1 }]);
    expect(one(wrong, 'events.maxStreams')).toMatchObject({ running: 200, fileValue: 4 });
    const answer = await at.patch({ 'hooks.maxTries': 5 });
    const view = ConfigView.parse(await answer.json());
    expect(view.problems).toEqual([]);
    expect(one(view, 'events.maxStreams')).toMatchObject({ running: 4 });
  });

  it('with a name that no setting has counts, and the name is shown', async () => {
    await using at = await world('events.maxStream: 4\nevents.maxStreams: 5\n');
    const view = await at.view();
    expect(view.warnings).toMatchObject([{ name: 'events.maxStream', line: 1 }]);
    expect(one(view, 'events.maxStreams')).toMatchObject({ running: 5 });
  });
});
