/** Who may do what: scopes, revocation, expiry, others' agents, other sites, chat views, and what stays secret. */
import type { EmbedToken, NewApiKeyRequest, RemoteAgentStatus } from '@headspace/contract';
import { rawRequest } from '@headspace/testkit';
import { hasTmux } from '@headspace/testkit/tmux';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openRemoteWorld,
  type RemoteCall,
  type RemoteWorld,
} from '../../../tests/testing/remote-world.ts';
import { systemClock } from '../../platform/clock.ts';

let world: RemoteWorld;
let offsetMs = 0;
const log: string[] = [];

const canRun = await hasTmux();

beforeAll(async () => {
  if (!canRun) return;
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  world = await openRemoteWorld({
    servers: 2,
    overrides: { logger, clock: { ...systemClock, now: () => Date.now() + offsetMs } },
  });
});
afterAll(async () => {
  if (canRun) await world[Symbol.asyncDispose]();
});

let agents = 0;

/** Number of a new agent, with a process and a pane of its own. */
async function startAgent(): Promise<number> {
  agents += 1;
  const session = `session-${agents}`;
  const pid = 4_000 + agents;
  world.processes.running.set(pid, '1');
  const headers = {
    claudePid: String(pid),
    tmux: '/nowhere/default,1,0',
    tmuxPane: `%${agents}`,
  };
  const payload = { session_id: session, source: 'startup', model: 'm', cwd: world.project };
  await world.send({ event: 'SessionStart', payload, headers });
  await world.settled();
  const agent = (await world.agents()).find(({ sessionId }) => sessionId === session);
  if (agent === undefined) throw new Error('the hook made no agent');
  return agent.id;
}

const PATH = '/api/remote-agents';
const codeOf = async (
  method: string,
  path: string,
  options?: RemoteCall,
): Promise<[number, string | undefined]> => {
  const { status, body } = await world.call<{ code?: string }>(method, path, options);
  return [status, body.code];
};

/** Every route with the scope it needs and a body that it takes. */
const ROUTES: readonly [string, string, NewApiKeyRequest['scopes'][number], unknown][] = [
  ['POST', '', 'agents:create', { project: 'shop' }],
  ['GET', '', 'agents:read', undefined],
  ['GET', '/ID', 'agents:read', undefined],
  ['GET', '/ID/turns', 'agents:read', undefined],
  ['GET', '/ID/prompts', 'agents:read', undefined],
  ['GET', '/ID/prompts/1', 'agents:read', undefined],
  ['POST', '/ID/prompts', 'agents:prompt', { text: 'hello' }],
  ['GET', '/ID/approvals', 'agents:read', undefined],
  ['POST', '/ID/approvals', 'agents:approve', { option: 1, expect: 'x' }],
  ['POST', '/ID/embed-tokens', 'agents:read', {}],
  ['POST', '/ID/stop', 'agents:stop', undefined],
];

describe.skipIf(!canRun)('a key', () => {
  test.each(ROUTES)('needs for %s %s the scope %s', async (method, path, scope, body) => {
    const others = (
      ['agents:create', 'agents:read', 'agents:prompt', 'agents:approve', 'agents:stop'] as const
    ).filter((one) => one !== scope);
    const without = await world.key({ scopes: others });
    const having = await world.key({ scopes: [scope] });
    const at = async (keyId: number): Promise<string> =>
      `${PATH}${path.replace('ID', await world.adopt(keyId, await startAgent()))}`;
    const lacking = { token: without.key, body };
    expect(await codeOf(method, await at(without.id), lacking)).toEqual([403, 'scope_missing']);
    const [status, code] = await codeOf(method, await at(having.id), { token: having.key, body });
    expect(code).not.toBe('scope_missing');
    expect([401, 403, 500]).not.toContain(status);
    // Another key's agent is not there, whatever the scopes.
    if (path.includes('ID')) {
      const foreign = { token: having.key, body };
      expect(await codeOf(method, await at(without.id), foreign)).toEqual([404, 'not_found']);
    }
  });

  test('opens nothing but the routes of remote agents', async () => {
    const { key: token } = await world.key();
    for (const [method, path] of [
      ['GET', '/api/agents'],
      ['GET', '/api/keys'],
      ['POST', '/api/keys'],
      ['POST', '/api/launches'],
      ['GET', '/api/events'],
      ['GET', '/api/config'],
      ['POST', '/api/agents/1/prompts'],
      ['GET', '/metrics'],
      ['POST', '/hook/stop'],
    ] as const) {
      const body = method === 'POST' ? {} : undefined;
      expect(await codeOf(method, path, { token, body }), path).toEqual([401, 'unauthorized']);
    }
  });

  test('lists its own agents only; the operator sees all', async () => {
    const [a, b] = [await world.key(), await world.key()];
    const own = await world.adopt(a.id, await startAgent());
    const ids = async (token?: string): Promise<string[]> =>
      (
        await world.call<{ agents: { id: string }[] }>(
          'GET',
          PATH,
          token === undefined ? {} : { token },
        )
      ).body.agents.map(({ id }) => id);
    expect(await ids(a.key)).toEqual([own]);
    expect(await ids(b.key)).toEqual([]);
    expect(await ids()).toContain(own);
  });

  test('that is wrong, cut short, of another id, revoked or expired is refused alike, by every server', async () => {
    const good = await world.key({ expiresInDays: 1 });
    const other = await world.key();
    const last = good.key.endsWith('A') ? 'B' : 'A';
    for (const token of [
      `${good.key.slice(0, -1)}${last}`,
      good.key.slice(0, -1),
      good.key.replace(`hs_${good.id}_`, `hs_${other.id}_`),
      good.key.replace(`hs_${good.id}_`, 'hs_999999999_'),
      'hs_1_x',
      'hs_',
      'hse_',
      `hse_${good.key.slice(-43)}`,
    ]) {
      expect(await codeOf('GET', PATH, { token }), token).toEqual([401, 'unauthorized']);
    }
    expect((await world.call('GET', PATH, { token: good.key, server: 1 })).status).toBe(200);
    expect((await world.call('POST', `/api/keys/${other.id}/revoke`)).status).toBe(200);
    for (const server of [0, 1]) {
      const revoked = { token: other.key, server };
      expect(await codeOf('GET', PATH, revoked)).toEqual([401, 'unauthorized']);
    }
    offsetMs = 86_400_000 + 1;
    const expired = await codeOf('GET', PATH, { token: good.key });
    offsetMs = 0;
    expect(expired).toEqual([401, 'unauthorized']);
  });

  test('that is revoked ends its waits', async () => {
    const key = await world.key();
    const id = await world.adopt(key.id, await startAgent());
    const wait = codeOf('GET', `${PATH}/${id}?waitMs=60000`, { token: key.key });
    await world.call('POST', `/api/keys/${key.id}/revoke`, { server: 1 });
    expect(await wait).toEqual([401, 'unauthorized']);
  });

  test('is taken from its header only, and from no other site', async () => {
    const { key: token } = await world.key();
    expect(await codeOf('GET', `${PATH}?token=${token}`, { token: null })).toEqual([
      401,
      'unauthorized',
    ]);
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const call = { path: PATH, headers: { ...headers, authorization: `Bearer ${token}` } };
      const answer = await rawRequest(world.servers[0]?.url ?? '', call);
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('is in no log, no row and no list', async () => {
    const { key: token } = await world.key();
    await world.call('GET', PATH, { token });
    await world.call('GET', PATH, { token: `${token}x` });
    const secret = token.slice(-43);
    expect(log.join('')).toContain('"route":"/api/remote-agents"');
    expect(log.join('')).not.toContain(secret);
    expect(JSON.stringify((await world.call('GET', '/api/keys')).body)).not.toContain(secret);
    const { rows } = await world.pool.query<{ text: string }>(
      `select k::text as text from api_keys k union all select o.message::text from outbox o
       union all select s.message::text from stream s`,
    );
    expect(rows.map(({ text }) => text).join('')).not.toContain(secret);
  });

  test('tells when it was used, and how many agents it has', async () => {
    const { key: token, id } = await world.key();
    type Keys = { keys: { id: number; lastUsedAt: string | null; agents: number }[] };
    const own = async (): Promise<unknown> =>
      (await world.call<Keys>('GET', '/api/keys')).body.keys.find((key) => key.id === id);
    expect(await own()).toMatchObject({ lastUsedAt: null, agents: 0, state: 'active' });
    await world.adopt(id, await startAgent());
    await world.call('GET', PATH, { token });
    expect(await own()).toMatchObject({
      lastUsedAt: expect.stringMatching(/^20/) as string,
      agents: 1,
    });
  });
});

describe.skipIf(!canRun)('a chat view', () => {
  async function open(more: Partial<NewApiKeyRequest> = {}, access: 'read' | 'prompt' = 'read') {
    const key = await world.key(more);
    const number = await startAgent();
    const id = await world.adopt(key.id, number);
    const path = `${PATH}/${id}`;
    const reply = await world.call<EmbedToken>('POST', `${path}/embed-tokens`, {
      token: key.key,
      body: { access, ttlSeconds: 60 },
    });
    expect(reply.status).toBe(201);
    return { key, number, id, path, view: reply.body };
  }

  test('sees its agent, and does nothing else', async () => {
    const { key, path, view } = await open();
    const { token } = view;
    const other = await world.adopt(key.id, await startAgent());
    expect((await world.call('GET', path, { token, server: 1 })).status).toBe(200);
    expect((await world.call('GET', `${path}/turns`, { token })).status).toBe(200);
    const deny = async (method: string, at: string, body?: unknown): Promise<void> =>
      expect(await codeOf(method, at, { token, body }), at).toEqual([403, 'scope_missing']);
    await deny('POST', `${path}/prompts`, { text: 'x' });
    await deny('POST', `${path}/stop`);
    await deny('POST', `${path}/approvals`, { option: 1, expect: 'x' });
    await deny('POST', `${path}/embed-tokens`, {});
    await deny('POST', PATH, { project: world.project });
    await deny('GET', PATH);
    expect(await codeOf('GET', `${PATH}/${other}`, { token })).toEqual([404, 'not_found']);
    expect(await codeOf('GET', '/api/agents', { token })).toEqual([401, 'unauthorized']);
  });

  test('prompts where it may, and its key may', async () => {
    const { path, view } = await open({}, 'prompt');
    const body = { text: 'hello' };
    const sent = await world.call('POST', `${path}/prompts`, { token: view.token, body });
    expect(sent.status).toBe(201);
    const reader = await world.key({ scopes: ['agents:read'] });
    const id = await world.adopt(reader.id, await startAgent());
    expect(
      await codeOf('POST', `${PATH}/${id}/embed-tokens`, {
        token: reader.key,
        body: { access: 'prompt' },
      }),
    ).toEqual([403, 'scope_missing']);
  });

  test('ends with its time, its key and its agent', async () => {
    const first = await open();
    offsetMs = 61_000;
    const late = await codeOf('GET', first.path, { token: first.view.token });
    offsetMs = 0;
    expect(late).toEqual([401, 'unauthorized']);

    const second = await open();
    await world.call('POST', `/api/keys/${second.key.id}/revoke`);
    const revoked = { token: second.view.token };
    expect(await codeOf('GET', second.path, revoked)).toEqual([401, 'unauthorized']);

    const third = await open();
    const { token } = third.view;
    const wait = world.call<RemoteAgentStatus>('GET', `${third.path}?waitMs=60000&until=ended`, {
      token: third.key.key,
    });
    await world.call('POST', `/api/agents/${third.number}/dismiss`);
    expect((await wait).body).toMatchObject({ reached: true, status: 'ended' });
    expect(await codeOf('GET', third.path, { token })).toEqual([401, 'unauthorized']);
    expect(
      await codeOf('POST', `${third.path}/embed-tokens`, { token: third.key.key, body: {} }),
    ).toEqual([409, 'agent_ended']);
  });

  test('may be framed by the sites of its key only, and keeps its token out of every address', async () => {
    const { view } = await open({ embedOrigins: ['https://shop.example'] });
    const [path = '', hash = ''] = view.path.split('#');
    expect(path).not.toContain('hse_');
    expect(hash).toContain(`token=${view.token}`);
    const url = world.servers[0]?.url ?? '';
    const page = await rawRequest(url, { path, headers: { 'sec-fetch-site': 'cross-site' } });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain(
      'frame-ancestors https://shop.example;',
    );
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const id of [(await open()).id, '00000000-0000-4000-8000-000000000000', 'x']) {
      const other = await rawRequest(url, { path: `/embed/${id}` });
      expect(other.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(other.body).toBe(page.body);
    }
    const wrong = { name: 'x', scopes: ['agents:read'], projects: [world.project] };
    for (const origin of ["https://a.example; script-src 'unsafe-inline'", '*', 'shop.example']) {
      const body = { ...wrong, embedOrigins: [origin] };
      expect(await codeOf('POST', '/api/keys', { body })).toEqual([400, 'invalid_payload']);
    }
  });
});
