import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Settings } from '@headspace/contract';
import { createTestDatabase, rawRequest, readSse } from '@headspace/testkit';
import { spawnMain, spawnServer } from '@headspace/testkit/server';
import pg from 'pg';
import { describe, expect, test } from 'vitest';

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headspace-main-'));
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describe('a server process', () => {
  test('prints its address with a login link, which works, and leaves it for the hooks', async () => {
    await using database = await createTestDatabase({ migrated: false });
    await using server = await spawnServer({ database });
    const link = /Open the dashboard: (\S+)#token=(\S+)/.exec(server.output());
    expect(link?.[1]).toBe(`${server.url}/`);
    const login = await rawRequest(server.url, {
      method: 'POST',
      path: '/api/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: decodeURIComponent(link?.[2] ?? '') }),
    });
    expect(login.status).toBe(204);
    expect(await readFile(server.paths.hookUrl, 'utf8')).toBe(`${server.url}\n`);
    const { body } = await rawRequest(server.url, {
      path: '/api/status',
      headers: { authorization: `Bearer ${server.operatorToken}` },
    });
    expect(JSON.parse(body)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      home: server.paths.home,
      database: { kind: 'external', version: expect.stringMatching(/^\d+/), directory: null },
      processId: expect.stringContaining(`:${server.process.pid}:`),
      uptimeSeconds: expect.any(Number),
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order at %s', async (signal) => {
    await using database = await createTestDatabase();
    await using server = await spawnServer({ database });
    const reader = readSse(`${server.url}/api/events`, { token: server.operatorToken });
    await reader.next();
    expect(await server.end(signal)).toBe(0);
    const { value } = await reader.next();
    expect(value).toMatchObject({ type: 'stream.end' });
    expect(server.output()).not.toMatch(/"level":[456]0/);
  });

  test('finishes what is in flight, although its client keeps the connection', async () => {
    await using database = await createTestDatabase();
    await using server = await spawnServer({ database });
    const { hostname, port } = new URL(server.url);
    // A hook of which the end has not come yet keeps the process from ending.
    const hook = connect({ host: hostname, port: Number(port) });
    const head =
      `POST /hook/stop HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n` +
      `Authorization: Bearer ${server.hookToken}\r\n`;
    const body = JSON.stringify({ session_id: 's', hook_event_name: 'Stop' });
    const request = `${head}Content-Length: ${body.length}\r\n\r\n`;
    hook.on('error', () => undefined).write(request + body.slice(0, 10));
    const idle = connect({ host: hostname, port: Number(port) });
    idle.on('error', () => undefined).write(request + body);
    expect(String((await once(idle, 'data'))[0])).toContain('204');

    server.process.kill('SIGTERM');
    await once(idle, 'close');
    hook.write(body.slice(10));
    expect(String((await once(hook, 'data'))[0])).toContain('204');
    expect(await once(server.process, 'close')).toEqual([0, null]);
    hook.destroy();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from hook_events',
    );
    await client.end();
    expect(rows).toEqual([{ n: 2 }]);
  });

  test('ends at once at the second signal, whatever is in flight', async () => {
    await using database = await createTestDatabase();
    await using server = await spawnServer({ database });
    const { hostname, port } = new URL(server.url);
    const half = connect({ host: hostname, port: Number(port) });
    half.on('error', () => undefined);
    half.write(`POST /hook/stop HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 100\r\n`);
    half.write(
      `Content-Type: application/json\r\nAuthorization: Bearer ${server.hookToken}\r\n\r\n{`,
    );
    const probe = connect({ host: hostname, port: Number(port) });
    probe.on('error', () => undefined);
    await once(probe, 'connect');
    const closed = new Promise((resolve) => probe.once('close', resolve));
    server.process.kill('SIGTERM');
    // Idle connections are closed first of all, so the signal has been taken.
    await closed;
    const began = performance.now();
    expect(await server.end('SIGTERM')).toBe(130);
    expect(performance.now() - began).toBeLessThan(3_000);
    half.destroy();
  });
});

describe('a start that cannot succeed says why in one sentence and ends with 1', () => {
  async function failure(home: string, settings: Partial<Settings>): Promise<string> {
    const { exited, output } = spawnMain(home, {
      'server.port': 0,
      'log.level': 'silent',
      ...settings,
    });
    expect(await exited).toBe(1);
    const lines = output().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^headspace: .*\.$/);
    return lines[0] ?? '';
  }

  test('port taken', async () => {
    await using database = await createTestDatabase();
    await using folder = await temporaryFolder();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const said = await failure(folder.path, { 'database.url': database.url, 'server.port': port });
    expect(said).toContain(`port ${port} on 127.0.0.1 is taken`);
    other.close();
  });

  test('an address that is not of this machine', async () => {
    await using database = await createTestDatabase();
    await using folder = await temporaryFolder();
    const settings = { 'database.url': database.url, 'server.host': '203.0.113.7' };
    expect(await failure(folder.path, settings)).toContain('203.0.113.7');
  });

  test('home not writable', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'file');
    await writeFile(file, '');
    expect(await failure(path.join(file, 'home'), {})).toContain('HEADSPACE_HOME');
  });

  test('database not reachable; its password is not said', async () => {
    await using folder = await temporaryFolder();
    const settings = { 'database.url': 'postgres://me:hunter2@127.0.0.1:1/x' };
    const said = await failure(folder.path, settings);
    expect(said).toContain('127.0.0.1:1/x');
    expect(said).not.toContain('hunter2');
  });

  test('schema of a newer version', async () => {
    await using database = await createTestDatabase();
    await using folder = await temporaryFolder();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into schema_migrations (name, checksum) values ('9999-future', 'x')`,
    );
    await client.end();
    const said = await failure(folder.path, { 'database.url': database.url });
    expect(said).toContain('newer Headspace');
  });

  test('settings that are wrong: each is named', async () => {
    await using folder = await temporaryFolder();
    await writeFile(path.join(folder.path, 'config.yaml'), 'server:\n  port: high\n  prot: 1\n');
    const { exited, output } = spawnMain(folder.path, {});
    expect(await exited).toBe(1);
    expect(output()).toContain('server.port');
    expect(output()).toContain('server.prot');
    expect(output().trim().split('\n')).toHaveLength(1);
  });
});
