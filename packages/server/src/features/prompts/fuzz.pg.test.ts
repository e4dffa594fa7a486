/** Whatever is sent to the routes of prompts, the answer is no fault of the server's. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPromptWorld, type PromptWorld } from '../../../tests/testing/prompt-world.ts';

let world: PromptWorld;
beforeAll(async () => {
  world = await openPromptWorld({ settings: { 'prompts.maxQueued': 500 } });
});
afterAll(async () => world[Symbol.asyncDispose]());

const SEED = 20_261_123;
const RUNS = 400;

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\u0000', '\ud800', 'exit', '/compact', '!', 'x'.repeat(5_000)),
);
const anyKey = fc.oneof(anyText, fc.constantFrom('k1', 'k2', 'k3'));
const anyField = fc.oneof(anyText, fc.boolean(), fc.integer(), fc.double(), fc.constant(null));
/** Mostly of the right form, with values from everywhere. */
const anyBody = fc.oneof(
  fc.record({ text: anyText, command: fc.boolean(), key: anyKey }, { requiredKeys: ['text'] }),
  fc.record({ revision: fc.integer({ min: 0, max: 3 }), text: anyText }),
  fc.record({ revision: fc.constant(1), next: fc.constant(true) }),
  fc.dictionary(fc.constantFrom('text', 'command', 'key', 'revision', 'next'), anyField),
  fc.jsonValue(),
);
const anyId = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map(String),
  fc.constantFrom('0', '-1', '1.5', 'x', '2147483648', '9007199254740993', '%00', '1e3', '٣'),
);

interface Call {
  method: string;
  agent: string;
  rest: string;
  body: unknown;
  header: string | null;
}

const wildCall: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('POST', 'GET', 'PATCH', 'DELETE'),
  agent: fc.oneof({ weight: 6, arbitrary: fc.constant('own') }, { weight: 1, arbitrary: anyId }),
  rest: fc.oneof(
    fc.constant(''),
    fc.constant('?limit=x'),
    anyId.map((id) => `/${id}`),
    anyId.map((id) => `/${id}/retry`),
  ),
  body: anyBody,
  header: fc.option(
    fc.oneof(fc.constantFrom('k1', 'a b', '', 'é'), fc.stringMatching(/^[!-~]{1,250}$/)),
  ),
});
const call = (method: string, rest: string, body?: unknown): Call => ({
  method,
  agent: 'own',
  rest,
  body,
  header: null,
});
/** As people call, so that the wild ones find something to meet. */
const plainCall: fc.Arbitrary<Call> = fc.oneof(
  anyKey.map((key) => call('POST', '', { text: `hello ${key}`, key })),
  fc.string().map((text) => call('POST', '', { text: `hello ${text}` })),
  fc
    .integer({ min: 1, max: 8 })
    .chain((id) =>
      fc.constantFrom(
        call('GET', `/${id}`),
        call('DELETE', `/${id}`),
        call('POST', `/${id}/retry`),
        call('PATCH', `/${id}`, { revision: 1, text: 'hello again' }),
        call('PATCH', `/${id}`, { revision: 1, next: true }),
      ),
    ),
);
const anyCall = fc.oneof(plainCall, wildCall);

test(`${RUNS} calls: every answer is JSON, and none is 5xx`, { timeout: 60_000 }, async () => {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(anyCall, async ({ method, agent, rest, body, header }) => {
      const path = `/api/agents/${agent === 'own' ? world.agentId : agent}/prompts${rest}`;
      const headers = header === null ? {} : { headers: { 'idempotency-key': header } };
      const { status } = await world.api(
        method,
        path,
        method === 'GET' ? undefined : body,
        headers,
      );
      seen.set(status, (seen.get(status) ?? 0) + 1);
      expect(status).toBeLessThan(500);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // A run in which everything is refused would prove little.
  for (const status of [200, 201, 400, 404, 409]) expect(seen.get(status) ?? 0).toBeGreaterThan(5);
  const wrong = await world.pool.query(
    `select id from prompts where body = '' or body ~ '[\\u0001-\\u0009\\u000b-\\u001f]' or length(body) > 200000`,
  );
  expect(wrong.rows).toEqual([]);
});

test('many changes of one prompt at once leave it in one of the states they lead to', async () => {
  const path = `/api/agents/${world.agentId}/prompts`;
  const { body } = await world.api('POST', path, { text: 'contended', key: 'contended' });
  const at = `${path}/${body.id}`;
  const calls = Array.from({ length: 24 }, async (_, n) => {
    if (n % 4 === 0) return world.api('DELETE', at);
    if (n % 4 === 1) return world.api('POST', `${at}/retry`);
    const text = `contended ${n}`;
    return world.api('PATCH', at, { revision: 1, ...(n % 4 === 2 ? { text } : { next: true }) });
  });
  const answers = await Promise.all(calls);
  expect(
    answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409),
  ).toEqual([]);
  const last = (await world.api('GET', at)).body;
  expect(['queued', 'cancelled']).toContain(last.state);
  // Of the edits that named revision 1 only one can have been the first.
  expect(last.revision).toBeLessThanOrEqual(2);
});
