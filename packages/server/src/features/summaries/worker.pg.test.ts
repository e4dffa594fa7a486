/** Summaries from messages to lines: by the built-in rules, and by a model. */
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SummaryInput } from '../../domain/summary.ts';
import { LONG, KEY, type ModelWorld, openModelWorld } from './testing/model-world.ts';

let world: ModelWorld;

beforeEach(async () => {
  world = await openModelWorld();
});
afterEach(async () => world[Symbol.asyncDispose]());

test('by the built-in rules: no call, no cost, one line each', async () => {
  world.settings['summaries.provider'] = 'extractive';
  await world.say(['user', LONG], ['agent', 'I found it. The clock was real.\n\nMore to come.']);
  await world.plan();
  await world.plan();
  await world.work();
  expect(world.stub.calls).toEqual([]);
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
  await world.said();
  await world.plan();
  await world.work();
  await world.work();
  expect(world.stub.calls).toHaveLength(1);
  expect(await world.only()).toMatchObject({
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
  world.settings['summaries.baseUrl'] = world.stub.url;
  await world.said();
  await world.work();
  const [call] = world.stub.calls;
  expect(call).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-haiku-4-5', max_tokens: 200, messages: [{ role: 'user' }] },
  });
  expect(await world.only()).toMatchObject({ state: 'done', provider: 'anthropic' });
  expect(await world.calls()).toMatchObject([{ outcome: 'done', input: 100, output: 20 }]);
});

test('a price that is not known is not made up', async () => {
  world.settings['summaries.model'] = 'my-own-model';
  await world.said();
  await world.work();
  expect(await world.calls()).toMatchObject([{ outcome: 'done', input: 100, usd: null }]);
});

test('what leaves has no secrets, and what comes back is only a line', async () => {
  world.stub.next({
    kind: 'words',
    words: '{"line":"a\\n\\u001b[31mb","frustration":1,"state":"complete","sql":"drop"}',
  });
  await world.said(`${LONG}. The key is ${KEY}, ANTHROPIC_API_KEY=abcd1234efgh`);
  await world.work();
  expect(JSON.stringify(world.stub.calls[0]?.body)).not.toMatch(/0123456789|abcd1234/);
  expect(await world.only()).toMatchObject({ state: 'done', text: 'a [31mb' });
});

test('words that need no model go to none', async () => {
  await world.say(['user', 'yes'], ['user', '/compact'], ['agent', 'All tests pass now.']);
  await world.plan();
  await world.work();
  expect(world.stub.calls.filter(({ material }) => !material.includes('"project"'))).toEqual([]);
  const turns = (await world.rows()).filter(({ kind }) => kind === 'turn');
  expect(turns.map(({ state, provider }) => [state, provider])).toEqual(
    [1, 2, 3].map(() => ['done', 'extractive']),
  );
});

test('the same words again are answered from what is known', async () => {
  await world.say(['user', LONG]);
  await world.plan();
  await world.work();
  await world.say(['user', LONG]);
  await world.plan();
  await world.work();
  expect(world.stub.calls).toHaveLength(1);
  expect((await world.rows()).filter(({ text }) => text?.startsWith('stub:'))).toHaveLength(2);
});

test('an answer that comes after its claim was taken over is not written', async () => {
  const gate = Promise.withResolvers<void>();
  world.stub.hold(gate.promise);
  world.stub.next({ kind: 'words', words: '{"line":"too late","frustration":0}' });
  await world.said();
  await world.worker.tick();
  await waitUntil(() => world.stub.calls.length === 1);
  await world.pool.query(
    `update summaries set lease_until = now() - interval '1 second' where state = 'claimed'`,
  );
  await world.worker.tick();
  await waitUntil(() => world.stub.calls.length === 2);
  gate.resolve();
  await world.worker.idle();
  expect(await world.only()).toMatchObject({ state: 'done', text: `stub: ${LONG.slice(0, 60)}` });
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
    await world.said();
    await world.work();
    expect(await world.only()).toMatchObject({ state: 'waiting-for-budget', attempts: 0 });
    await world.pool.query(`update inference_budgets set day = day - 1`);
    await world.work();
    expect(await world.only()).toMatchObject({ state: 'done' });
  });

  test('in dollars', async () => {
    world.settings['summaries.dailyDollars'] = 0.000_001;
    await world.said();
    await world.work();
    expect(await world.only()).toMatchObject({ state: 'waiting-for-budget' });
    expect(world.stub.calls).toEqual([]);
  });
});

test('paused: nothing is made, nothing is lost', async () => {
  world.settings['summaries.paused'] = true;
  await world.said();
  await world.work();
  expect(world.stub.calls).toEqual([]);
  expect(await world.only()).toMatchObject({ state: 'queued' });
  world.settings['summaries.paused'] = false;
  await world.work();
  expect(await world.only()).toMatchObject({ state: 'done' });
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
  expect(world.stub.calls.map(({ material }) => material)).not.toContainEqual(
    expect.stringContaining('three parts'),
  );
});

test('a stop cancels what is under way, and gives it back', async () => {
  world.stub.hold(new Promise(() => undefined));
  await world.said();
  await world.worker.tick();
  await waitUntil(() => world.stub.calls.length === 1);
  await world.worker.close();
  expect(await world.only()).toMatchObject({ state: 'queued', attempts: 0 });
  expect(await world.calls()).toMatchObject([{ outcome: 'cancelled' }]);
});

test('inputs are kept until there is a result, and are as the schema says', async () => {
  world.settings['summaries.paused'] = true;
  await world.said();
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
