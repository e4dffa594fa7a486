/** Summaries from messages to lines: by the built-in rules, and by a model that fails in every way. */
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SummaryInput } from '../../domain/summary.ts';
import { createProviderStub, type ProviderStub, type StubAnswer } from './testing/provider-stub.ts';
import { openSummaryWorld, type Row, type SummaryWorld } from './testing/summary-world.ts';

const LONG = 'Please look at the login test, which fails now and then on the slow machine';
const KEY = 'sk-stub-key-0123456789abcdef';

let world: SummaryWorld;
let stub: ProviderStub;

beforeEach(async () => {
  stub = await createProviderStub();
  world = await openSummaryWorld({
    'summaries.provider': 'openai-compatible',
    'summaries.baseUrl': `${stub.url}/v1`,
    'summaries.model': 'claude-haiku-4-5',
    'summaries.apiKey': KEY,
    'summaries.callTimeoutMs': 30_000,
  });
});
afterEach(async () => {
  await stub[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function said(text = LONG): Promise<void> {
  await world.say(['user', text]);
  await world.plan();
}

async function only(): Promise<Row> {
  const [row, ...more] = (await world.rows()).filter(({ kind }) => kind === 'turn');
  expect(more).toEqual([]);
  if (row === undefined) throw new Error('no row');
  return row;
}

/** What waits for a time is due now. */
const hurry = () =>
  world.pool.query(
    `with p as (delete from inference_pauses) update summaries set due_at = now() where state = 'queued'`,
  );

test('by the built-in rules: no call, no cost, one line each', async () => {
  world.settings['summaries.provider'] = 'extractive';
  await world.say(['user', LONG], ['agent', 'I found it. The clock was real.\n\nMore to come.']);
  await world.plan();
  await world.plan();
  await world.work();
  expect(stub.calls).toEqual([]);
  expect(await world.calls()).toEqual([]);
  const lines = (await world.rows()).map(({ kind, text, frustration }) => [
    kind,
    text,
    frustration,
  ]);
  expect(lines).toContainEqual([
    'turn',
    'Look at the login test, which fails now and then on the slow machine',
    0,
  ]);
  expect(lines).toContainEqual(['turn', 'I found it. The clock was real.', null]);
});

test('a model is asked once, and what it took is in the ledger and the budget', async () => {
  await said();
  await world.plan();
  await world.work();
  await world.work();
  expect(stub.calls).toHaveLength(1);
  expect(await only()).toMatchObject({
    state: 'done',
    text: `stub: ${LONG.slice(0, 60)}`,
    frustration: 3,
    provider: 'openai-compatible',
    attempts: 1,
  });
  expect(await world.calls()).toMatchObject([
    { outcome: 'done', input: 100, output: 20, usd: 0.0002 },
  ]);
  expect(await world.budget()).toEqual({ tokens: 120, usd: expect.closeTo(0.0002, 9) as number });
});

test('the Anthropic adapter asks as its API wants it', async () => {
  world.settings['summaries.provider'] = 'anthropic';
  world.settings['summaries.baseUrl'] = stub.url;
  await said();
  await world.work();
  const [call] = stub.calls;
  expect(call).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-haiku-4-5', max_tokens: 200, messages: [{ role: 'user' }] },
  });
  expect(await only()).toMatchObject({ state: 'done', provider: 'anthropic' });
  expect(await world.calls()).toMatchObject([{ outcome: 'done', input: 100, output: 20 }]);
});

test('a price that is not known is not made up', async () => {
  world.settings['summaries.model'] = 'my-own-model';
  await said();
  await world.work();
  expect(await world.calls()).toMatchObject([{ outcome: 'done', input: 100, usd: null }]);
});

test('what leaves has no secrets, and what comes back is only a line', async () => {
  stub.next({
    kind: 'words',
    words: '{"line":"a\\n\\u001b[31mb","frustration":1,"state":"complete","sql":"drop"}',
  });
  await said(`${LONG}. The key is ${KEY}, ANTHROPIC_API_KEY=abcd1234efgh`);
  await world.work();
  expect(JSON.stringify(stub.calls[0]?.body)).not.toMatch(/0123456789|abcd1234/);
  expect(await only()).toMatchObject({ state: 'done', text: 'a [31mb' });
});

test('words that need no model go to none', async () => {
  await world.say(['user', 'yes'], ['user', '/compact'], ['agent', 'All tests pass now.']);
  await world.plan();
  await world.work();
  expect(stub.calls.filter(({ material }) => !material.includes('"project"'))).toEqual([]);
  const turns = (await world.rows()).filter(({ kind }) => kind === 'turn');
  expect(turns.map(({ state, provider }) => [state, provider])).toEqual(
    Array(3).fill(['done', 'extractive']),
  );
});

test('the same words again are answered from what is known', async () => {
  await world.say(['user', LONG]);
  await world.plan();
  await world.work();
  await world.say(['user', LONG]);
  await world.plan();
  await world.work();
  expect(stub.calls).toHaveLength(1);
  expect((await world.rows()).filter(({ text }) => text?.startsWith('stub:'))).toHaveLength(2);
});

describe('a call that fails', () => {
  const cases: [string, StubAnswer, string, string][] = [
    ['500', { kind: 'status', status: 500 }, 'server-error', '500: stub says 500'],
    ['529', { kind: 'status', status: 529 }, 'server-error', '529: stub says 529'],
    ['a truncated answer', { kind: 'truncated' }, 'truncated', 'broke off'],
    ['half a JSON', { kind: 'body', body: '{"choices":[{"mess' }, 'truncated', 'not JSON'],
    ['nonsense', { kind: 'words', words: 'I am a teapot' }, 'nonsense', 'not the JSON'],
    ['another JSON', { kind: 'body', body: '{"ok":true}' }, 'nonsense', 'not a completion'],
    ['a page', { kind: 'body', body: '<html>' }, 'nonsense', 'not JSON'],
  ];
  test.each(cases)(
    '%s: shown, then tried again and done',
    async (_name, answer, outcome, error) => {
      stub.next(answer);
      await said();
      await world.work();
      expect(await world.calls()).toMatchObject([{ outcome }]);
      const [row] = await world.rows();
      if (outcome !== 'nonsense') expect(row).toMatchObject({ state: 'queued', attempts: 1 });
      expect((await world.calls())[0]?.error).toContain(error);
      await hurry();
      await world.work();
      expect(await only()).toMatchObject({ state: 'done', attempts: 2, error: null });
      expect((await world.calls()).map((call) => call.outcome)).toEqual([outcome, 'done']);
    },
  );

  test('a hang: given up after its time, tried again, and counted as reserved', async () => {
    world.settings['summaries.callTimeoutMs'] = 200;
    stub.next({ kind: 'hang' });
    await said();
    await world.work();
    expect(await world.calls()).toMatchObject([
      { outcome: 'timeout', input: null, error: 'no answer within 200 ms' },
    ]);
    expect((await world.budget()).tokens).toBeGreaterThan(200);
    world.settings['summaries.callTimeoutMs'] = 30_000;
    await hurry();
    await world.work();
    expect(await only()).toMatchObject({ state: 'done', attempts: 2 });
  });

  test('nobody listens: tried again', async () => {
    const gone = await createProviderStub();
    world.settings['summaries.baseUrl'] = `${gone.url}/v1`;
    await gone[Symbol.asyncDispose]();
    await said();
    await world.work();
    expect(await world.calls()).toMatchObject([
      { outcome: 'network', error: 'the provider cannot be reached (ECONNREFUSED)' },
    ]);
    expect(await only()).toMatchObject({ state: 'queued' });
  });

  test('429: the provider rests as long as it says, for all rows, and no try is lost', async () => {
    world.settings['summaries.concurrency'] = 1;
    stub.next({ kind: 'status', status: 429, retryAfter: '3600' });
    await world.say(['user', LONG], ['user', `${LONG} again`]);
    await world.plan();
    await world.work();
    await world.work();
    expect(stub.calls).toHaveLength(1);
    const { rows } = await world.pool.query<{ seconds: number; reason: string }>(
      `select extract(epoch from paused_until - now())::float8 as seconds, reason from inference_pauses`,
    );
    expect(rows[0]?.seconds).toBeGreaterThan(3_500);
    expect(rows[0]?.reason).toBe('429: stub says 429');
    expect((await world.rows()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['queued', 0],
      ['queued', 0],
    ]);
    expect(await world.budget()).toMatchObject({ tokens: 0 });
    await hurry();
    await world.work();
    expect((await world.rows()).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('a wrong key: nothing is lost, the reason is shown, a person changes it', async () => {
    stub.next({ kind: 'status', status: 401 });
    await said();
    await world.work();
    await world.work();
    expect(stub.calls).toHaveLength(1);
    expect(await only()).toMatchObject({
      state: 'queued',
      attempts: 0,
      error: '401: stub says 401',
    });
    await hurry();
    await world.work();
    expect(await only()).toMatchObject({ state: 'done' });
  });

  test('no key at all: no call is made, and it says which setting', async () => {
    world.settings['summaries.provider'] = 'anthropic';
    world.settings['summaries.apiKey'] = undefined;
    await said();
    await world.work();
    expect(stub.calls).toEqual([]);
    expect((await only()).error).toContain('summaries.apiKey');
  });

  test('twice nonsense, or a refusal: failed with its reason, until a person says again', async () => {
    stub.next({ kind: 'words', words: 'no' }, { kind: 'words', words: 'no' });
    await said();
    await world.work();
    expect(await only()).toMatchObject({
      state: 'failed',
      attempts: 2,
      error: 'the answer is not the JSON that was asked for',
    });
    await said(`${LONG} once more`);
    stub.next({ kind: 'status', status: 400 });
    await world.work();
    expect((await world.rows()).map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(stub.calls).toHaveLength(3);
  });

  test('five times 500: failed', async () => {
    stub.next(...Array<StubAnswer>(5).fill({ kind: 'status', status: 500 }));
    await said();
    for (let n = 0; n < 5; n++) {
      await world.work();
      await hurry();
    }
    expect(await only()).toMatchObject({
      state: 'failed',
      attempts: 5,
      error: '500: stub says 500',
    });
  });
});

test('an answer that comes after its claim was taken over is not written', async () => {
  const gate = Promise.withResolvers<void>();
  stub.hold(gate.promise);
  stub.next({ kind: 'words', words: '{"line":"too late","frustration":0}' });
  await said();
  await world.worker.tick();
  await waitUntil(() => stub.calls.length === 1);
  await world.pool.query(
    `update summaries set lease_until = now() - interval '1 second' where state = 'claimed'`,
  );
  await world.worker.tick();
  await waitUntil(() => stub.calls.length === 2);
  gate.resolve();
  await world.worker.idle();
  expect(await only()).toMatchObject({ state: 'done', text: `stub: ${LONG.slice(0, 60)}` });
  expect((await world.calls()).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
});

describe('a budget', () => {
  test('that is used up makes work wait, visibly, until it is raised', async () => {
    world.settings['summaries.dailyTokens'] = 400;
    world.settings['summaries.concurrency'] = 1;
    await world.say(['user', LONG], ['user', `${LONG} two`], ['user', `${LONG} three`]);
    await world.plan();
    await world.work();
    await world.work();
    // Each reserves about 400 and takes 120: the sum never passes the limit.
    const states = async () => (await world.rows()).map(({ state }) => state);
    const done = (await states()).filter((state) => state === 'done').length;
    expect(done).toBeLessThan(3);
    expect(await states()).toContain('waiting-for-budget');
    expect((await world.budget()).tokens).toBeLessThanOrEqual(400);
    world.settings['summaries.dailyTokens'] = 10_000;
    await world.work();
    expect(await states()).toEqual(['done', 'done', 'done']);
  });

  test('of yesterday does not count today', async () => {
    world.settings['summaries.dailyTokens'] = 700;
    await world.pool.query(
      `insert into inference_budgets values ($1, (now() at time zone 'utc')::date, 700, 0)`,
      [world.projectId],
    );
    await said();
    await world.work();
    expect(await only()).toMatchObject({ state: 'waiting-for-budget', attempts: 0 });
    await world.pool.query(`update inference_budgets set day = day - 1`);
    await world.work();
    expect(await only()).toMatchObject({ state: 'done' });
  });

  test('in dollars', async () => {
    world.settings['summaries.dailyDollars'] = 0.000_001;
    await said();
    await world.work();
    expect(await only()).toMatchObject({ state: 'waiting-for-budget' });
    expect(stub.calls).toEqual([]);
  });
});

test('paused: nothing is made, nothing is lost', async () => {
  world.settings['summaries.paused'] = true;
  await said();
  await world.work();
  expect(stub.calls).toEqual([]);
  expect(await only()).toMatchObject({ state: 'queued' });
  world.settings['summaries.paused'] = false;
  await world.work();
  expect(await only()).toMatchObject({ state: 'done' });
});

test('progress that a newer prompt has overtaken is cancelled', async () => {
  world.settings['summaries.paused'] = true;
  await world.say(
    ['user', LONG],
    ['agent', 'I look at the test now.\nIt has three parts, which I read one by one'],
  );
  await world.plan();
  await world.say(['user', 'Leave that, and look at the build of the documentation instead']);
  await world.plan();
  const turns = (await world.rows()).filter(({ kind }) => kind === 'turn');
  expect(turns.map(({ state }) => state)).toEqual(['queued', 'superseded', 'queued']);
  world.settings['summaries.paused'] = false;
  await world.work();
  expect(stub.calls.map(({ material }) => material)).not.toContainEqual(
    expect.stringContaining('three parts'),
  );
});

test('a stop cancels what is under way, and gives it back', async () => {
  stub.hold(new Promise(() => undefined));
  await said();
  await world.worker.tick();
  await waitUntil(() => stub.calls.length === 1);
  await world.worker.close();
  expect(await only()).toMatchObject({ state: 'queued', attempts: 0 });
  expect(await world.calls()).toMatchObject([{ outcome: 'cancelled' }]);
});

test('inputs are kept until there is a result, and are as the schema says', async () => {
  world.settings['summaries.paused'] = true;
  await said();
  const { rows } = await world.pool.query<{ input: string }>('select input from summaries');
  expect(SummaryInput.parse(JSON.parse(rows[0]?.input ?? ''))).toMatchObject({
    kind: 'turn',
    text: LONG,
  });
  world.settings['summaries.paused'] = false;
  await world.work();
  expect((await world.pool.query('select from summaries where input is not null')).rowCount).toBe(
    0,
  );
});
