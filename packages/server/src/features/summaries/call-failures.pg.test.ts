/** A model that fails in every way: shown, tried again as the kind of failure asks, never lost. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LONG, type ModelWorld, openModelWorld } from './testing/model-world.ts';
import { createProviderStub, type StubAnswer } from './testing/provider-stub.ts';

let world: ModelWorld;

beforeEach(async () => {
  world = await openModelWorld();
});
afterEach(async () => world[Symbol.asyncDispose]());

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
      world.stub.next(answer);
      await world.said();
      await world.work();
      expect((await world.calls())[0]).toMatchObject({ outcome });
      // Nonsense is asked again at once, all else after a pause.
      if (outcome !== 'nonsense') {
        expect(await world.only()).toMatchObject({ state: 'queued', attempts: 1 });
      }
      expect((await world.calls())[0]?.error).toContain(error);
      await world.hurry();
      await world.work();
      expect(await world.only()).toMatchObject({ state: 'done', attempts: 2, error: null });
      expect((await world.calls()).map((call) => call.outcome)).toEqual([outcome, 'done']);
    },
  );

  test('a hang: given up after its time, tried again, and counted as reserved', async () => {
    world.settings['summaries.callTimeoutMs'] = 200;
    world.stub.next({ kind: 'hang' });
    await world.said();
    await world.work();
    expect(await world.calls()).toMatchObject([
      { outcome: 'timeout', input: null, error: 'no answer within 200 ms' },
    ]);
    expect((await world.budget()).tokens).toBeGreaterThan(200);
    world.settings['summaries.callTimeoutMs'] = 30_000;
    await world.hurry();
    await world.work();
    expect(await world.only()).toMatchObject({ state: 'done', attempts: 2 });
  });

  test('nobody listens: tried again', async () => {
    const gone = await createProviderStub();
    world.settings['summaries.baseUrl'] = `${gone.url}/v1`;
    await gone[Symbol.asyncDispose]();
    await world.said();
    await world.work();
    expect(await world.calls()).toMatchObject([
      { outcome: 'network', error: 'the provider cannot be reached (ECONNREFUSED)' },
    ]);
    expect(await world.only()).toMatchObject({ state: 'queued' });
  });

  test('429: the provider rests as long as it says, for all rows, and no try is lost', async () => {
    world.settings['summaries.concurrency'] = 1;
    world.stub.next({ kind: 'status', status: 429, retryAfter: '3600' });
    await world.say(['user', LONG], ['user', `${LONG} again`]);
    await world.plan();
    await world.work();
    await world.work();
    expect(world.stub.calls).toHaveLength(1);
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
    await world.hurry();
    await world.work();
    expect((await world.rows()).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('a wrong key: nothing is lost, the reason is shown, a person changes it', async () => {
    world.stub.next({ kind: 'status', status: 401 });
    await world.said();
    await world.work();
    await world.work();
    expect(world.stub.calls).toHaveLength(1);
    expect(await world.only()).toMatchObject({
      state: 'queued',
      attempts: 0,
      error: '401: stub says 401',
    });
    await world.hurry();
    await world.work();
    expect(await world.only()).toMatchObject({ state: 'done' });
  });

  test('no key at all: no call is made, and it says which setting', async () => {
    world.settings['summaries.provider'] = 'anthropic';
    world.settings['summaries.apiKey'] = undefined;
    await world.said();
    await world.work();
    expect(world.stub.calls).toEqual([]);
    expect((await world.only()).error).toContain('summaries.apiKey');
  });

  test('twice nonsense, or a refusal: failed with its reason, until a person says again', async () => {
    world.stub.next({ kind: 'words', words: 'no' }, { kind: 'words', words: 'no' });
    await world.said();
    await world.work();
    expect(await world.only()).toMatchObject({
      state: 'failed',
      attempts: 2,
      error: 'the answer is not the JSON that was asked for',
    });
    await world.said(`${LONG} once more`);
    world.stub.next({ kind: 'status', status: 400 });
    await world.work();
    expect((await world.rows()).map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(world.stub.calls).toHaveLength(3);
  });

  test('five times 500: failed', async () => {
    world.stub.next(...[1, 2, 3, 4, 5].map(() => ({ kind: 'status', status: 500 }) as const));
    await world.said();
    for (let n = 0; n < 5; n++) {
      await world.work();
      await world.hurry();
    }
    expect(await world.only()).toMatchObject({
      state: 'failed',
      attempts: 5,
      error: '500: stub says 500',
    });
  });
});
