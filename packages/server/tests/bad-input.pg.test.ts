/** What no hook should send, through HTTP: refused with a clear error, or stored as it is. */
import type { AgentView, HookEventView, Problem } from '@headspace/contract';
import { type RawAnswer, rawRequest } from '@headspace/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HookWorld, openHookWorld } from './testing/hook-world.ts';

const MB = 1024 * 1024;
let world: HookWorld;
let stored = 0;

beforeAll(async () => {
  world = await openHookWorld();
  // An agent at work, which nothing here may disturb.
  await send('session-start', {
    session_id: 'bystander',
    source: 'startup',
    model: 'm',
    cwd: '/b',
  });
  await send('user-prompt-submit', { session_id: 'bystander', prompt: 'go', prompt_id: 'p' });
});
afterAll(async () => world[Symbol.asyncDispose]());
afterEach(async () => {
  await world.settled();
  const bystander = await agentOf('bystander');
  const { body } = await get('/hook/status');
  if (bystander?.state !== 'commanded' || !body.includes('"pending":0')) {
    throw new Error(`something else was disturbed: ${JSON.stringify(bystander)} ${body}`);
  }
});

async function request(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  return rawRequest(server.url, {
    method: 'POST',
    path,
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
}

async function get(path: string): Promise<RawAnswer> {
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  return rawRequest(server.url, {
    path,
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });
}

/** Sends what has to be taken, and waits until it is done with. */
async function send(slug: string, payload: object | string, headers: Record<string, string> = {}) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await request(`/hook/${slug}`, body, headers);
  expect(answer.body).toBe('');
  expect(answer.status).toBe(204);
  await world.settled();
}

async function eventsOf(sessionId: string): Promise<HookEventView[]> {
  const query = `/api/hook-events?sessionId=${encodeURIComponent(sessionId)}`;
  return (JSON.parse((await get(query)).body) as { events: HookEventView[] }).events;
}

const agentOf = async (sessionId: string): Promise<AgentView | undefined> =>
  (await world.agents()).find((agent) => agent.sessionId === sessionId);

const count = async (): Promise<number> => {
  const { rows } = await world.pool.query<{ n: number }>(
    'select count(*)::int as n from hook_events',
  );
  return rows[0]?.n ?? 0;
};

describe('refused, and nothing is stored', () => {
  const good = JSON.stringify({ session_id: 's', hook_event_name: 'Stop' });
  const json = 'application/json';
  test.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['not JSON', '{"session_id": "s"', {}, 400, 'invalid_json'],
    ['nothing at all', '', {}, 400, 'invalid_json'],
    ['a list', '[]', {}, 400, 'invalid_payload'],
    ['null', 'null', {}, 400, 'invalid_payload'],
    ['text', '"s"', {}, 400, 'invalid_payload'],
    ['no session_id', '{"cwd": "/"}', {}, 400, 'invalid_payload'],
    ['an empty session_id', '{"session_id": ""}', {}, 400, 'invalid_payload'],
    ['a number for session_id', '{"session_id": 7}', {}, 400, 'invalid_payload'],
    [
      'a session_id without end',
      `{"session_id": "${'x'.repeat(600)}"}`,
      {},
      400,
      'invalid_payload',
    ],
    ['another content type', good, { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [
      'a form',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    ['50 MB', Buffer.alloc(50 * MB, 'x'), {}, 413, 'payload_too_large'],
    ['no token', good, { authorization: '' }, 401, 'unauthorized'],
    ['a wrong token', good, { authorization: 'Bearer wrong' }, 401, 'unauthorized'],
    ['the Host of another site', good, { host: 'evil.example' }, 403, 'forbidden_host'],
    [
      'the Origin of another site',
      good,
      { origin: 'http://evil.example' },
      403,
      'forbidden_origin',
    ],
  ])('%s', async (_what, body, headers, status, code) => {
    stored = await count();
    const answer = await request('/hook/stop', body, { 'content-type': json, ...headers }).catch(
      // A server that has seen enough may close the connection before it has read all.
      (error: NodeJS.ErrnoException) => {
        expect(['EPIPE', 'ECONNRESET']).toContain(error.code);
        expect(code).toBe('payload_too_large');
        return null;
      },
    );
    if (answer !== null) {
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      const problem = JSON.parse(answer.body) as Problem;
      expect(problem).toMatchObject({ code, status });
      expect(problem.cure).not.toBe('');
    }
    expect(await count()).toBe(stored);
  });
});

describe('stored as it is', () => {
  test('5 MB of tool input: kept whole, shown in part and marked', async () => {
    const command = 'x'.repeat(5 * MB);
    await send('pre-tool-use', {
      session_id: 'large',
      tool_name: 'Bash',
      tool_input: { command },
      tool_use_id: 't',
    });
    await send('permission-request', {
      session_id: 'large',
      tool_name: 'Bash',
      tool_input: { command },
    });
    const { rows } = await world.pool.query<{ n: number }>(
      `select length(payload)::int as n from hook_events where session_id = 'large' order by id limit 1`,
    );
    expect(rows[0]?.n).toBeGreaterThan(5 * MB);
    const [event] = await eventsOf('large');
    expect(event?.truncated).toBe(true);
    expect(JSON.stringify(event?.payload).length).toBeLessThan(50_000);
    const agent = await agentOf('large');
    expect(agent).toMatchObject({ attention: 'needs_you' });
    expect(agent?.dialogs[0]?.summary.length).toBeLessThanOrEqual(160);
  });

  test('NUL bytes and half surrogate pairs, in text and in the session id', async () => {
    const prompt = 'a\u0000b\uD83Dc\uDE00d';
    const session = 'odd\u0000\uD83D';
    await send('user-prompt-submit', { session_id: session, prompt, cwd: '/x\u0000y' });
    const agent = await agentOf('odd\uFFFD\uFFFD');
    expect(agent).toMatchObject({
      attention: 'working',
      command: { prompt: 'a\uFFFDb\uFFFDc\uFFFDd' },
    });
    const { rows } = await world.pool.query<{ payload: string }>(
      'select payload from hook_events where agent_id = $1',
      [agent?.id],
    );
    expect((JSON.parse(rows[0]?.payload ?? '') as { prompt: string }).prompt).toBe(prompt);
  });

  test('bytes that are no UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"session_id":"bytes","prompt":"a'),
      Buffer.from([0xff, 0xfe, 0xc3]),
      Buffer.from('b"}'),
    ]);
    const answer = await request('/hook/user-prompt-submit', body);
    expect([204, 400]).toContain(answer.status);
    await world.settled();
    expect(await agentOf('bytes')).toBeDefined();
  });

  test('a working directory that does not exist, a transcript that is none of Claude’s', async () => {
    await send('session-start', {
      session_id: 'nowhere',
      source: 'startup',
      model: 'm',
      cwd: '/does/not/exist',
      transcript_path: '/etc/passwd',
    });
    const agent = await agentOf('nowhere');
    expect(agent).toMatchObject({
      attention: 'idle',
      project: { name: 'exist', path: '/does/not/exist' },
    });
    const answers = [
      await get(`/api/agents/${agent?.id}`),
      await get(`/api/agents/${agent?.id}/turns`),
    ];
    for (const { body } of answers) expect(body).not.toContain('root:');
  });

  test('an event that nobody knows, by its route', async () => {
    await send('future-event', { session_id: 'bystander', hook_event_name: 'FutureEvent' });
    const [event] = await eventsOf('bystander');
    expect(event).toMatchObject({ event: 'FutureEvent', status: 'applied' });
    expect(event?.outcome).toContain('unknown event');
  });

  test('an event that nobody knows of a session that nobody knows', async () => {
    await send('future-event', { session_id: 'stranger', hook_event_name: 'FutureEvent' });
    expect(await agentOf('stranger')).toBeUndefined();
    expect(await eventsOf('stranger')).toMatchObject([{ status: 'recorded' }]);
  });

  test.each([
    ['a day behind', String(Date.now() - 86_400_000)],
    ['in the year 2100', String(Date.UTC(2100, 0, 1))],
    ['at the end of time', '8640000000000000'],
    ['in 1970', '1'],
    ['no number', 'yesterday'],
    ['negative', '-5'],
  ])('a clock that is far off: %s', async (name, sentAt) => {
    const session = `clock ${name}`;
    const off = { 'x-headspace-sent-at': sentAt };
    await send('user-prompt-submit', { session_id: session, prompt: 'go', prompt_id: 'c1' }, off);
    expect(await agentOf(session)).toMatchObject({ attention: 'working' });
    // A hook with a right clock decides all the same.
    const right = { 'x-headspace-sent-at': String(Date.now()) };
    await send('stop', { session_id: session, prompt_id: 'c1' }, right);
    expect(await agentOf(session)).toMatchObject({ attention: 'your_turn' });
    expect(await eventsOf(session)).toHaveLength(2);
  });

  test('marks that make no sense are left out', async () => {
    const marks = {
      'x-claude-pid': '-1',
      'x-tmux-pane': 'x'.repeat(2_000),
      'x-headspace-host': ' ',
      'x-claude-proc-start': '',
    };
    await send('session-start', { session_id: 'marks', source: 'startup', model: 'm' }, marks);
    const own = (await agentOf('bystander'))?.host;
    expect(await agentOf('marks')).toMatchObject({ pid: null, tmuxPane: null, host: own });
  });

  // The first is as deep as a payload can be that is shown whole.
  test.each([9_900, 500_000])('input nested %i levels deep', async (levels) => {
    const session = `deep-${levels}`;
    const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const fields = `"tool_name": "Odd", "tool_use_id": "d1", "tool_input": ${deep}`;
    await send('pre-tool-use', `{"session_id": "${session}", ${fields}}`);
    expect(await agentOf(session)).toMatchObject({ attention: 'working' });
    expect((await get('/api/hook-events')).status).toBe(200);
    expect(await eventsOf(session)).toMatchObject([{ status: 'applied' }]);
  });

  test('field names that JavaScript objects have a meaning for', async () => {
    const fields = '"__proto__": {"polluted": 1}, "constructor": 1, "tool_use_id": "__proto__"';
    await send('pre-tool-use', `{"session_id": "proto", "tool_name": "Odd", ${fields}}`);
    await send('post-tool-use', `{"session_id": "proto", "tool_name": "Odd", ${fields}}`);
    expect(await agentOf('proto')).toMatchObject({ attention: 'working' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
