/** Whatever is sent to the routes of personas, the answer is no fault of the server's. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HookWorld } from '../../../tests/testing/hook-world.ts';
import { openPersonaWorld, start } from '../../../tests/testing/persona-world.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await openPersonaWorld();
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  await start(server);
});
afterAll(async () => world[Symbol.asyncDispose]());

const SEED = 20_261_123;
const RUNS = 600;

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\u0000', 'a\u0000b', '\ud800', '../x', 'x'.repeat(5_000)),
);
const anySlug = fc.oneof(fc.constantFrom('a', 'b', 'c'), anyText);
const anyField = fc.oneof(anyText, fc.boolean(), fc.integer(), fc.constant(null));
const names = ['slug', 'skill', 'experience', 'guardrails', 'content', 'text', 'decision'] as const;
const anyBody = fc.oneof(
  fc.record({ slug: anySlug, skill: anyText }),
  fc.record({ content: anyText }),
  fc.record({ text: anyText, agentId: fc.integer() }, { requiredKeys: ['text'] }),
  fc.record({ decision: fc.constantFrom('accept', 'reject'), text: anyText }),
  fc.record({ persona: fc.oneof(anySlug, fc.constant(null)), key: anyText }),
  fc.dictionary(fc.constantFrom(...names), anyField),
  fc.jsonValue(),
);
const anyId = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map(String),
  fc.constantFrom('0', '-1', '1.5', 'x', '2147483648', '9007199254740993', '%00', '٣'),
);
const segment = (text: string): string => {
  // A half surrogate pair cannot be part of an address.
  return encodeURIComponent(text.toWellFormed()) || '%20';
};
const anyPath = fc.oneof(
  fc.constantFrom('/api/personas', '/api/guardrails', '/api/agents/1/persona'),
  anySlug.map((slug) => `/api/personas/${segment(slug)}`),
  fc
    .tuple(
      anySlug,
      fc.oneof(fc.constantFrom('skill.md', 'experience.md', 'guardrails.md'), anyText),
    )
    .map(([slug, name]) => `/api/personas/${segment(slug)}/files/${segment(name)}`),
  anySlug.map((slug) => `/api/personas/${segment(slug)}/learnings`),
  fc.tuple(anySlug, anyId).map(([slug, id]) => `/api/personas/${segment(slug)}/learnings/${id}`),
  anyId.map((id) => `/api/agents/${id}/persona`),
);
interface Call {
  method: string;
  path: string;
  body: unknown;
  ifMatch: string | null;
}
const wildCall: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: anyPath,
  body: anyBody,
  ifMatch: fc.option(fc.constantFrom('"none"', '*', '"x"', 'W/"x"', ',')),
});
const plain = (method: string, path: string, body: unknown): Call => {
  return { method, path, body, ifMatch: null };
};
/** As people call, so that the wild ones find something to meet. */
const plainCall: fc.Arbitrary<Call> = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 30 }), anyText)
  .chain(([slug, id, text]) =>
    fc.constantFrom(
      plain('POST', '/api/personas', { slug, skill: 'You can.' }),
      plain('PUT', `/api/personas/${slug}/files/skill.md`, { content: `You can ${text}` }),
      plain('POST', `/api/personas/${slug}/learnings`, { text: `lesson ${text}` }),
      plain('POST', `/api/personas/${slug}/learnings/${id}`, { decision: 'accept' }),
      plain('PUT', '/api/agents/1/persona', { persona: null }),
    ),
  );

test(`${RUNS} calls: every answer is JSON, and none is 5xx`, { timeout: 120_000 }, async () => {
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  const seen = new Map<number, number>();
  const property = async ({ method, path, body, ifMatch }: Call): Promise<void> => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${server.operatorToken}`,
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === null ? {} : { 'if-match': ifMatch }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    JSON.parse(text);
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(500);
  };
  await fc.assert(fc.asyncProperty(fc.oneof(plainCall, wildCall), property), {
    seed: SEED,
    numRuns: RUNS,
  });
  // A run in which everything is refused would prove little.
  for (const status of [200, 201, 400, 404, 409]) expect(seen.get(status) ?? 0).toBeGreaterThan(5);
  // Nothing but personas, and nothing outside of their folders.
  const folders = await readdir(join(server.paths.home, 'personas'));
  expect(folders.every((name) => /^[a-z0-9-]+$/.test(name))).toBe(true);
  const config = await readFile(server.paths.configFile, 'utf8').catch(() => '');
  expect(config).toBe('');
});
