/**
 * The description of the API is true: it names every route, it is valid OpenAPI, and every route
 * takes what its schema allows and answers with what its schema says.
 */
import { API, type ApiOperation } from '@headspace/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromSchema } from './testing/from-schema.ts';
import { openHookWorld } from './testing/hook-world.ts';
import { routesOf } from './testing/routes-of.ts';

const SEED = 20_261_123;
const CALLS = 12;
const OPERATIONS: readonly ApiOperation[] = Object.values(API).flat();

/** Not of the API: the dashboard, files of the chat view, the pages of /docs. */
const PAGES = /^(\*|\/\*|\/embed\/assets\/.*|\/docs.*)$/;
/** Answers for as long as the caller stays. */
const ENDLESS = '/api/events';

/** The others are ids. `stop` is the name of a persona and of an event. */
const PARAMETERS: Readonly<Record<string, string>> = { slug: 'stop', name: 'skill.md' };
/** A terminal that is gone by now. */
const PANE = { entrypoint: 'cli', tmux: '/tmp/none/default,1,0', tmuxPane: '%1' };

/** A started agent, which the tests with a real client have. */
const NEED_A_LAUNCH = / \/api\/(launches|remote-agents)/;
/** A dialog, a parked event, a revision, a failed handoff, a folder, a stream, a token. */
const NEED_MORE = [
  'POST /api/agents/:id/interrupt',
  'POST /api/agents/:id/answer',
  'POST /api/approvals/:id',
  'POST /api/hook-events/:id/rerun',
  'POST /hook/status-line',
  'PATCH /api/agents/:id/prompts/:promptId',
  'POST /api/handoffs/:id/resume',
  'POST /api/keys',
  'GET /api/events',
  'POST /api/login',
];

type World = Awaited<ReturnType<typeof openHookWorld>>;
let world: World;
beforeAll(async () => {
  world = await openHookWorld();
  await furnish();
});
afterAll(async () => world[Symbol.asyncDispose]());

function server(): World['servers'][number] {
  const [first] = world.servers;
  if (first === undefined) throw new Error('no server');
  return first;
}

/** One of each that can be had without a terminal, so that routes have something to answer with. */
async function furnish(): Promise<void> {
  for (const [event, fields] of Object.entries({
    SessionStart: { source: 'startup' },
    UserPromptSubmit: { prompt: 'Hello' },
    PreToolUse: { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 't' },
    Stop: { last_assistant_message: 'Done.' },
  })) {
    const payload = { session_id: 'furnished', cwd: '/repo', hook_event_name: event, ...fields };
    await world.send({ event, payload, headers: PANE });
  }
  await world.settled();
  await made('/api/personas', { slug: 'stop', skill: '# Skill' });
  await made('/api/personas/stop/learnings', { text: 'Ask first.' });
  await made('/api/agents/1/prompts', { text: 'Go on' });
  await made('/api/keys', { name: 'key', scopes: ['agents:read'], projects: ['/'] });
}

async function made(path: string, body: object): Promise<void> {
  const { url, operatorToken } = server();
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

async function call(
  { method, path }: ApiOperation,
  { id, body }: { id: string; body?: unknown },
): Promise<Response> {
  const { url, hookToken, operatorToken } = server();
  const token = path.startsWith('/hook/') && method === 'POST' ? hookToken : operatorToken;
  return fetch(`${url}${path.replaceAll(/:(\w+)/g, (_, name: string) => PARAMETERS[name] ?? id)}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
}

/** `answered` as described, `refused`, or what is wrong. */
async function judge({ answers }: ApiOperation, response: Response): Promise<string> {
  const text = await response.text();
  if (response.status >= 500) return `${response.status}: ${text.slice(0, 300)}`;
  if (response.status >= 400) return 'refused';
  const answer = answers[response.status];
  if (answer === undefined) return `${response.status} is not described`;
  if (answer === null) return text === '' ? 'answered' : `a body that is not described: ${text}`;
  if (typeof answer === 'string') {
    const type = String(response.headers.get('content-type'));
    return type.startsWith(answer) ? 'answered' : `${type} in the place of ${answer}`;
  }
  const read = answer.safeParse(JSON.parse(text));
  return read.success ? 'answered' : z.prettifyError(read.error);
}

test('every route is described, and nothing else', () => {
  const tree = server().context.app.printRoutes({ commonPrefix: false });
  const registered = routesOf(tree).filter(({ pattern }) => !PAGES.test(pattern));
  const name = (method: string, path: string): string => `${method} ${path}`;
  expect(registered.map(({ method, pattern }) => name(method, pattern)).toSorted()).toEqual(
    OPERATIONS.map(({ method, path }) => name(method, path)).toSorted(),
  );
});

test('the description is valid OpenAPI, and each operation has a name of its own', async () => {
  const response = await fetch(`${server().url}/api/openapi.json`, {
    headers: { authorization: `Bearer ${server().operatorToken}` },
  });
  expect(response.status).toBe(200);
  const document = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  const names = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((one) => (one as { operationId: string }).operationId),
  );
  expect(new Set(names).size).toBe(OPERATIONS.length);
});

describe('what the schemas allow', () => {
  const answered = new Set<string>();

  test.each(
    OPERATIONS.filter(({ path }) => path !== ENDLESS).map(
      (one) => [one.method, one.path, one] as const,
    ),
  )('%s %s', async (_method, _path, operation) => {
    const { body } = operation;
    const bodies =
      body === undefined
        ? [undefined]
        : fc.sample(fromSchema(body), { seed: SEED, numRuns: CALLS });
    const wrong: string[] = [];
    for (const one of bodies)
      for (const id of ['1', '999999', '00000000-0000-4000-8000-000000000000']) {
        const found = await judge(operation, await call(operation, { id, body: one }));
        if (found === 'answered') answered.add(`${operation.method} ${operation.path}`);
        else if (found !== 'refused')
          wrong.push(`${id} ${JSON.stringify(one)?.slice(0, 200)}: ${found}`);
      }
    expect(wrong).toEqual([]);
  });

  test('is answered by all but those that need what a schema cannot make', () => {
    const names = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    const refused = names.filter((name) => !answered.has(name) && !NEED_A_LAUNCH.test(name));
    expect(refused).toEqual(NEED_MORE);
  });
});
