/** From a hook to a line on the card, and the switches, through a real server. */
import {
  type AgentView,
  InferenceView,
  ObjectiveAnswer,
  RetryAnswer,
  SummaryList,
  type TurnView,
} from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HookWorld, openHookWorld } from '../../../tests/testing/hook-world.ts';

const PROMPT = 'Please make the login test stable. It fails on slow machines.';
const ANSWER = 'The login test is stable now. Its clock was real.\n\nI ran it 100 times.';

let world: HookWorld;

beforeEach(async () => {
  world = await openHookWorld({ settings: { 'summaries.debounceMs': 0 } });
});
afterEach(async () => world[Symbol.asyncDispose]());

async function api(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const [server] = world.servers;
  const answer = await fetch(`${server?.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server?.operatorToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const get = async (path: string): Promise<unknown> => (await api('GET', path)).body;
const inference = async () => InferenceView.parse(await get('/api/inference'));

async function worked(): Promise<void> {
  const session = { session_id: 's1', transcript_path: '', cwd: '/repo/app' };
  await world.send({ event: 'SessionStart', payload: { ...session, source: 'startup' } });
  await world.send({
    event: 'UserPromptSubmit',
    payload: { ...session, prompt: PROMPT, prompt_id: 'p1' },
  });
  await world.send({
    event: 'Stop',
    payload: { ...session, prompt_id: 'p1', last_assistant_message: ANSWER },
  });
  await world.settled();
}

async function agentWithLines(): Promise<AgentView> {
  return waitUntil(
    async () => {
      const [agent] = await world.agents();
      return typeof agent?.command?.summary.outcome === 'string' && agent;
    },
    { what: 'the command has its lines' },
  );
}

test('what was asked, and how it came out, on the card and beside each turn', async () => {
  await worked();
  const agent = await agentWithLines();
  expect(agent.command?.summary).toEqual({
    instruction: 'Make the login test stable.',
    outcome: 'The login test is stable now.',
  });
  const { turns } = (await get(`/api/agents/${agent.id}/turns`)) as { turns: TurnView[] };
  expect(turns.map(({ summary, frustration }) => [summary, frustration])).toEqual([
    ['The login test is stable now.', null],
    ['Make the login test stable.', 0],
  ]);
  const { summaries } = SummaryList.parse(
    await get(`/api/summaries?agentId=${agent.id}&state=done`),
  );
  expect(summaries.map(({ kind }) => kind).toSorted()).toEqual([
    'command-instruction',
    'command-outcome',
    'turn',
    'turn',
  ]);
  expect(SummaryList.parse(await get('/api/summaries?agentId=999')).summaries).toEqual([]);
  const stream = await world.pool.query<{ message: string }>(
    `select message from stream where type = 'summary.changed' and agent_id is not null
     union all select message from outbox where type = 'summary.changed' and agent_id is not null`,
  );
  expect(stream.rows.map(({ message }) => message).join()).toContain('"serves"');
});

test('a project has its line, and agents are ranked against the objective', async () => {
  await worked();
  const agent = await agentWithLines();
  const set = await api('POST', '/api/inference/objective', { text: ' stable login tests ' });
  expect(ObjectiveAnswer.parse(set.body).objective).toMatchObject({
    text: 'stable login tests',
    projectId: null,
  });
  const view = await waitUntil(
    async () => {
      const now = await inference();
      const [objective] = now.objectives;
      return Array.isArray(objective?.scores) && typeof now.projects[0]?.line === 'string' && now;
    },
    { what: 'a ranking and a line of the project' },
  );
  expect(view.objectives[0]?.scores).toEqual([
    { agentId: agent.id, score: 90, reason: 'Shares: stable, login, test' },
  ]);
  expect(view.projects[0]).toMatchObject({
    name: 'app',
    tokens: 0,
    dollars: 0,
    waitingForBudget: 0,
  });
  expect(view.projects[0]?.line).toContain('1 wait for your next prompt');
  expect(view).toMatchObject({
    provider: 'extractive',
    model: 'built-in',
    paused: false,
    calls: [],
  });
  const cleared = await api('POST', '/api/inference/objective', { text: '' });
  expect(cleared.body).toEqual({ objective: null });
  expect((await inference()).objectives).toEqual([]);
});

test('paused by a person: it stands in config.yaml, and nothing is made until it is resumed', async () => {
  const paused = await api('POST', '/api/inference/pause');
  expect(InferenceView.parse(paused.body).paused).toBe(true);
  expect(JSON.stringify(await get('/api/config'))).toContain('"summaries.paused"');
  await worked();
  await waitUntil(async () => (await inference()).queue.queued >= 2, { what: 'work waits' });
  const resumed = await api('POST', '/api/inference/resume');
  expect(InferenceView.parse(resumed.body).paused).toBe(false);
  await agentWithLines();
});

test('what failed is tried again when a person says so', async () => {
  await worked();
  await agentWithLines();
  await world.pool.query(
    `update summaries set state = 'failed', text = null, error = 'made up',
       input = '{"kind":"turn","actor":"agent","text":"Once more, with feeling.","goal":null}'
     where kind = 'turn' and frustration is null`,
  );
  expect((await inference()).queue.failed).toBe(1);
  expect(RetryAnswer.parse((await api('POST', '/api/inference/retry')).body)).toEqual({
    retried: 1,
  });
  await waitUntil(async () => (await inference()).queue.failed === 0, { what: 'none has failed' });
});

test.each([
  ['GET', '/api/summaries?agentId=x', undefined, 400],
  ['GET', '/api/summaries?agentId=-1', undefined, 400],
  ['GET', '/api/summaries?state=odd', undefined, 400],
  ['GET', '/api/summaries?limit=0', undefined, 400],
  ['GET', '/api/summaries?before=1e3', undefined, 400],
  ['POST', '/api/inference/objective', {}, 400],
  ['POST', '/api/inference/objective', { text: 'x'.repeat(2_001) }, 400],
  ['POST', '/api/inference/objective', { text: 'a', more: 1 }, 400],
  ['POST', '/api/inference/objective', { text: 'a', projectId: 4_711 }, 404],
])('%s %s %j: refused with %i', async (method, path, body, status) => {
  expect((await api(method, path, body)).status).toBe(status);
});

test('the key of the provider is never shown', async () => {
  const key = 'sk-never-shown-0123456789';
  await api('PATCH', '/api/config', { 'summaries.apiKey': key });
  expect(JSON.stringify(await get('/api/config'))).not.toContain(key);
  expect(JSON.stringify(await get('/api/inference'))).not.toContain(key);
});
