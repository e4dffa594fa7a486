import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AdvisoryLockError } from '@headspace/lock';
import type { FastifyPluginAsync } from 'fastify';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HeadspaceError } from '../platform/headspace-error.ts';
import { bearer, codeOf, testApp, TOKENS } from './testing.ts';

const headers = bearer(TOKENS.operator);

/** A route that throws what it is asked to. */
const faults =
  (faultsByName: Record<string, unknown>): FastifyPluginAsync =>
  (app) => {
    app.get<{ Params: { name: string } }>('/api/fault/:name', ({ params }) => {
      throw faultsByName[params.name];
    });
    return Promise.resolve();
  };

describe('problem documents', () => {
  const databaseDown = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), {
    code: 'ECONNREFUSED',
  });
  const secret = new Error('password "hunter2" is wrong');
  const cases: [string, unknown, number, string][] = [
    ['ours', new HeadspaceError('conflict', 'It was dismissed.'), 409, 'conflict'],
    ['down', databaseDown, 503, 'database_unavailable'],
    ['stopped', Object.assign(new Error('x'), { code: '57P01' }), 503, 'database_unavailable'],
    ['busy', new AdvisoryLockError('timeout', 'lock 1/2'), 503, 'agent_busy'],
    ['nolock', new AdvisoryLockError('connection', 'x'), 503, 'database_unavailable'],
    ['closed', new AdvisoryLockError('closed', 'x'), 503, 'shutting_down'],
    ['nested', new AdvisoryLockError('reentrant', 'x'), 500, 'internal'],
    ['secret', secret, 500, 'internal'],
    ['text', 'hunter2', 500, 'internal'],
    ['status', Object.assign(new Error('hunter2'), { statusCode: 418 }), 500, 'internal'],
  ];

  test.each(cases)('%s', async (name, fault, status, code) => {
    await using app = await testApp([faults({ [name]: fault })]);
    const answer = await app.call({ path: `/api/fault/${name}`, headers });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    const problem = JSON.parse(answer.body) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, type: `urn:headspace:error:${code}` });
    expect(problem['title']).toBeTypeOf('string');
    expect(problem['cure']).toBeTypeOf('string');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined);
    expect(answer.headers['cache-control']).toBe('no-store');
    if (status >= 500) expect(answer.body).not.toMatch(/hunter2|10\.1\.2\.3|lock 1/);
  });

  test('the cause of an unknown fault is in the log', async () => {
    await using app = await testApp([faults({ secret })]);
    await app.call({ path: '/api/fault/secret', headers });
    expect(app.log.join('')).toContain('hunter2');
    expect(app.log.join('')).toContain('"route":"/api/fault/:name"');
  });

  test('names the fields that are wrong', async () => {
    const schema = z.object({ reason: z.string(), scope: z.object({ tool: z.string() }) });
    await using app = await testApp([
      (instance) => {
        instance.post('/api/checked', (request) => schema.parse(request.body));
        return Promise.resolve();
      },
    ]);
    const answer = await app.call({
      method: 'POST',
      path: '/api/checked',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"reason":"r","scope":{}}',
    });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_payload']);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ path: 'scope.tool' }] });
  });

  test.each([
    ['{"a":', 'application/json', 400, 'invalid_json'],
    ['', 'application/json', 400, 'invalid_json'],
    ['a=b', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['x', 'no type at all', 415, 'unsupported_media_type'],
    [JSON.stringify('x'.repeat(1_100_000)), 'application/json', 413, 'payload_too_large'],
  ])('for a body that cannot be taken: %.20s', async (body, type, status, code) => {
    await using app = await testApp();
    const answer = await app.call({
      method: 'POST',
      path: '/api/thing',
      headers: { ...headers, 'content-type': type },
      body,
    });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test.each(['/nowhere', '/api/nowhere', '/%zz', '/api/thing%2f..'])('for %s: 404', async (at) => {
    await using app = await testApp();
    expect(codeOf(await app.call({ path: at, headers }))).toBe('not_found');
    const post = await app.call({ method: 'POST', path: at, headers });
    expect(codeOf(post)).toBe('not_found');
  });

  test('a server that stops refuses everything but health', async () => {
    await using app = await testApp();
    app.stop.abort();
    const answer = await app.call({ path: '/api/thing', headers });
    expect([answer.status, codeOf(answer)]).toEqual([503, 'shutting_down']);
    expect(answer.headers['retry-after']).toBe('2');
    expect((await app.call({ path: '/health/live' })).status).toBe(200);
  });
});

describe('the dashboard’s files', () => {
  const write = (folder: string, name: string, content: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  };

  test('the page says how to build it where it is missing, and comes once it is there', async () => {
    await using app = await testApp();
    const missing = await app.call({ path: '/' });
    expect(missing.status).toBe(503);
    expect(missing.body).toContain('npm start');
    write(app.webFolder, 'index.html', '<h1>board</h1>');
    write(app.webFolder, 'assets/main-Ab12.js', 'export {}');
    const page = await app.call({ path: '/?x=1' });
    expect(page.body).toBe('<h1>board</h1>');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    });
    const asset = await app.call({ path: '/assets/main-Ab12.js' });
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toBe('text/javascript; charset=utf-8');
    const etag = asset.headers.etag ?? '';
    const again = { path: '/assets/main-Ab12.js', headers: { 'if-none-match': etag } };
    expect((await app.call(again)).status).toBe(304);
  });

  test('no path leads out of the folder', async () => {
    await using app = await testApp();
    write(app.webFolder, 'index.html', 'page');
    writeFileSync(`${app.webFolder}.secret`, 'secret');
    symlinkSync(`${app.webFolder}.secret`, path.join(app.webFolder, 'link.txt'));
    const name = path.basename(app.webFolder);
    expect((await app.call({ path: '/' })).body).toBe('page');
    for (const at of [
      `/../${name}.secret`,
      `/..%2f${name}.secret`,
      `/%2e%2e/${name}.secret`,
      `/assets/../../${name}.secret`,
      `/..\\${name}.secret`,
      '/link.txt',
      '/assets',
      '//etc/passwd',
    ]) {
      const answer = await app.call({ path: at });
      expect(answer.status, at).toBe(404);
      expect(answer.body).not.toContain('"secret"');
    }
  });
});
