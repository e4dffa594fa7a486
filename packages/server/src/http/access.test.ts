import { describe, expect, test } from 'vitest';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../platform/headspace-error.ts';
import { bearer, codeOf, testApp, TOKENS } from './testing.ts';

const OPERATOR = bearer(TOKENS.operator);
const HOOK = bearer(TOKENS.hook);

describe('tokens', () => {
  /** [method, path, no token, hook token, operator token, wrong token] */
  const MATRIX = [
    ['GET', '/health/live', 200, 200, 200, 200],
    ['GET', '/metrics', 401, 401, 200, 401],
    ['GET', '/api/thing', 401, 401, 200, 401],
    ['POST', '/api/thing', 401, 401, 200, 401],
    ['HEAD', '/api/thing', 401, 401, 200, 401],
    ['GET', '/hook/status', 401, 200, 200, 401],
    ['POST', '/hook/stop', 401, 204, 401, 401],
    ['GET', '/nowhere', 404, 404, 404, 404],
    ['POST', '/api/nowhere', 404, 404, 404, 404],
  ] as const;

  test.each(MATRIX)('%s %s', async (method, path, none, hook, operator, wrong) => {
    await using app = await testApp();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await app.call({ method, path, headers })).status;
    expect(await status({})).toBe(none);
    expect(await status(HOOK)).toBe(hook);
    expect(await status(OPERATOR)).toBe(operator);
    expect(await status(bearer('operator-secre'))).toBe(wrong);
    expect(await status(bearer(''))).toBe(wrong);
    expect(await status({ authorization: 'Basic b3BlcmF0b3Itc2VjcmV0' })).toBe(wrong);
  });

  test('no other spelling of a path goes around them', async () => {
    await using app = await testApp();
    for (const path of [
      '/%61pi/thing',
      '//api/thing',
      '/api//thing',
      '/API/thing',
      '/api/thing/',
    ]) {
      expect((await app.call({ path })).status, path).not.toBe(200);
    }
    // The router decodes this one: it is the route, with the route's rule.
    expect((await app.call({ path: '/%61pi/thing', headers: OPERATOR })).status).toBe(200);
  });

  test('keys open the routes of remote agents, and no others', async () => {
    const admitted: string[] = [];
    const remoteDoor = {
      knows: (token: string) => token.startsWith('hs_'),
      admitOperator: () => void admitted.push('operator'),
      admitToken: async (_: unknown, token: string) => {
        if (token !== 'hs_good') throw new HeadspaceError('unauthorized');
        admitted.push(token);
      },
    };
    const routes: FastifyPluginAsync = async (app) => {
      app.get('/api/remote-agents', () => ({}));
      app.get('/api/remote-agents/:id', () => ({}));
      app.get('/api/remote-agents-of-others', () => ({}));
    };
    await using app = await testApp([routes], { remoteDoor });
    const status = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await app.call({ path, headers })).status;
    for (const path of ['/api/remote-agents', '/api/remote-agents/1', '/api/remote%2Dagents']) {
      expect(await status(path, {})).toBe(401);
      expect(await status(path, HOOK)).toBe(401);
      expect(await status(path, bearer('hs_wrong'))).toBe(401);
      expect(await status(path, bearer('hs_good'))).toBe(200);
      expect(await status(path, OPERATOR)).toBe(200);
    }
    for (const path of ['/api/thing', '/metrics', '/hook/status', '/api/remote-agents-of-others']) {
      expect(await status(path, bearer('hs_good')), path).toBe(401);
    }
    expect(admitted).toEqual(['hs_good', 'operator', 'hs_good', 'operator', 'hs_good', 'operator']);
  });

  test('the refusal says how to do better, and the log has no token', async () => {
    await using app = await testApp();
    const answer = await app.call({ path: '/api/thing', headers: bearer('guess-of-a-token') });
    expect(codeOf(answer)).toBe('unauthorized');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    await app.call({ path: '/api/thing', headers: OPERATOR });
    expect(app.log.join('')).not.toMatch(/guess-of-a-token|operator-secret/);
    expect(app.log.join('')).toContain('"route":"/api/thing"');
  });

  test('a server without a token in its file lets nobody in', async () => {
    await using app = await testApp([], { tokens: { hook: '', operator: '' } });
    expect((await app.call({ path: '/api/thing', headers: bearer('') })).status).toBe(401);
    expect((await app.call({ path: '/api/thing', headers: OPERATOR })).status).toBe(401);
  });

  test('a large body without a token is refused before it is read', async () => {
    await using app = await testApp();
    const body = Buffer.alloc(900 * 1024, 'a');
    const answer = await app.call({ method: 'POST', path: '/api/thing', body });
    expect(answer.status).toBe(401);
  });
});

describe('Host', () => {
  test.each([
    ['127.0.0.1:5055', 200],
    ['localhost:5055', 200],
    ['LOCALHOST', 200],
    ['[::1]:9999', 200],
    ['my.server', 200],
    ['my.server:8443', 200],
    ['with.port:7000', 200],
    ['with.port:7001', 403],
    ['evil.example', 403],
    ['127.0.0.1.evil.example:5055', 403],
    ['localhost.evil.example', 403],
    ['evil.example#localhost', 403],
    ['user@localhost', 403],
    ['2130706433:5055', 403],
  ])('%s → %i', async (host, status) => {
    await using app = await testApp([], { allowedHosts: ['my.server', 'with.port:7000'] });
    const answer = await app.call({ path: '/api/thing', headers: { ...OPERATOR, host } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(codeOf(answer)).toBe('forbidden_host');
  });

  test('is checked for the page and the hooks too, and not for health', async () => {
    await using app = await testApp();
    const host = 'evil.example';
    expect((await app.call({ path: '/', headers: { host } })).status).toBe(403);
    const hook = { method: 'POST', path: '/hook/stop', headers: { ...HOOK, host } };
    expect((await app.call(hook)).status).toBe(403);
    expect((await app.call({ path: '/health/live', headers: { host } })).status).toBe(200);
  });

  test('a server on one address of the machine may be called by it', async () => {
    await using app = await testApp([], { host: '192.168.7.7' });
    const headers = { ...OPERATOR, host: '192.168.7.7:5055' };
    expect((await app.call({ path: '/api/thing', headers })).status).toBe(200);
    headers.host = '192.168.7.8:5055';
    expect((await app.call({ path: '/api/thing', headers })).status).toBe(403);
  });
});

describe('Origin', () => {
  const host = 'localhost:5055';

  test.each([
    ['http://localhost:5055', 200],
    ['https://localhost:5055', 200],
    ['http://localhost:3000', 403],
    ['http://127.0.0.1:5055', 403],
    ['http://evil.example', 403],
    ['http://localhost:5055.evil.example', 403],
    ['null', 403],
    ['', 403],
  ])('%s → %i, for GET as for POST', async (origin, status) => {
    await using app = await testApp();
    for (const method of ['GET', 'POST']) {
      const headers = { ...OPERATOR, host, origin };
      const answer = await app.call({ method, path: '/api/thing', headers });
      expect(answer.status).toBe(status);
      if (status === 403) expect(codeOf(answer)).toBe('forbidden_origin');
    }
  });

  test('hooks of another site are refused also with the right token', async () => {
    await using app = await testApp();
    const headers = { ...HOOK, origin: 'http://evil.example' };
    expect((await app.call({ method: 'POST', path: '/hook/stop', headers })).status).toBe(403);
  });

  test('what a browser marks as started elsewhere is refused, but for the page itself', async () => {
    await using app = await testApp();
    for (const site of ['cross-site', 'same-site']) {
      const headers = { ...OPERATOR, 'sec-fetch-site': site };
      expect((await app.call({ path: '/api/thing', headers })).status).toBe(403);
      // 503: this app has no dashboard, but would show it.
      expect((await app.call({ path: '/', headers })).status).toBe(503);
    }
    for (const site of ['same-origin', 'none']) {
      const headers = { ...OPERATOR, 'sec-fetch-site': site };
      expect((await app.call({ path: '/api/thing', headers })).status).toBe(200);
    }
  });
});

describe('the dashboard’s cookie', () => {
  async function login(app: Awaited<ReturnType<typeof testApp>>): Promise<string> {
    const answer = await app.call({
      method: 'POST',
      path: '/api/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKENS.operator }),
    });
    expect(answer.status).toBe(204);
    const [setCookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(setCookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(setCookie).not.toContain(TOKENS.operator);
    return setCookie.split(';', 1)[0] ?? '';
  }

  test('lets in, reads without more, changes only from our own page', async () => {
    await using app = await testApp();
    const cookie = await login(app);
    expect((await app.call({ path: '/api/thing', headers: { cookie } })).status).toBe(200);
    const post = async (headers: Record<string, string>) =>
      await app.call({ method: 'POST', path: '/api/thing', headers: { cookie, ...headers } });
    const bare = await post({});
    expect([bare.status, codeOf(bare)]).toEqual([403, 'forbidden_origin']);
    const { host } = new URL(app.url);
    expect((await post({ origin: `http://${host}` })).status).toBe(200);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'none' })).status).toBe(403);
  });

  test('is no key to the hooks, and a wrong token beside it is an error', async () => {
    await using app = await testApp();
    const cookie = await login(app);
    const hook = { method: 'POST', path: '/hook/stop', headers: { cookie } };
    expect((await app.call(hook)).status).toBe(401);
    const headers = { cookie, ...bearer('wrong') };
    expect((await app.call({ path: '/api/thing', headers })).status).toBe(401);
  });

  test('is not given for a wrong token, nor to another site', async () => {
    await using app = await testApp();
    const call = (body: unknown, headers: Record<string, string> = {}) =>
      app.call({
        method: 'POST',
        path: '/api/login',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const wrong = await call({ token: 'wrong' });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect(codeOf(await call({}))).toBe('invalid_payload');
    const good = { token: TOKENS.operator };
    expect((await call(good, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await call(good, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  });

  test('goes at logout', async () => {
    await using app = await testApp();
    const answer = await app.call({ method: 'POST', path: '/api/logout' });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^headspace_[0-9a-f]{8}=; Max-Age=0;/);
  });
});
