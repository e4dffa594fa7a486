/**
 * Whatever is sent to `PATCH /api/config`, on whatever stands in the file: an answer of the catalogue,
 * never a 500; what was refused wrote nothing, and what was taken can be read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigView, ERRORS, SETTING_NAMES, type Problem } from '@headspace/contract';
import { createTestDatabase } from '@headspace/testkit';
import { startTestServer } from '@headspace/testkit/server';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const value = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null)) },
  { weight: 1, arbitrary: fc.array(fc.string(), { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('debug', '7', true, '1e3', '\u0000', '\uD800', '# x: ['),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SETTING_NAMES) },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constantFrom('server', '__proto__', 'toString', 'log.', '.port') },
);
const nested = fc.dictionary(
  fc.constantFrom('server', 'log', 'events', 'hooks', 'x'),
  fc.oneof(fc.dictionary(fc.constantFrom('port', 'level', 'maxStreams', 'y'), value), value),
);
/** Fits, so that it comes as far as the file. */
const fitting = fc.record(
  { 'events.maxStreams': fc.integer({ min: 1, max: 99 }), 'server.host': fc.string() },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 4, arbitrary: fitting.map((all) => JSON.stringify(all)) },
  {
    weight: 6,
    arbitrary: fc.dictionary(name, value, { maxKeys: 4 }).map((all) => JSON.stringify(all)),
  },
  { weight: 3, arbitrary: nested.map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"__proto__":{"a":1}}', '{"constructor":{"prototype":1}}'),
  },
);
const headers = fc.record(
  {
    'if-match': fc.constantFrom('*', '"none"', '"a", "b"', 'W/"x"', '"', ','),
    'content-type': fc.constantFrom(
      'application/xml',
      'application/merge-patch+json',
      'application/json',
    ),
  },
  { requiredKeys: [] },
);
const file = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'server:\n  port: 1 # c\nlog.level: info\n') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('{events: {maxStreams: 3}}', 'x: &a 1\nserver.port: *a\n'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('[', '- 1\n', 'a: &a [*a, *a]\n', 'server: &s {x: *s}\n'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('server: 5\n', '? {a: b}\n: 1\n', 'log: [\n', '\u0000', '!!x y'),
  },
  { weight: 1, arbitrary: fc.string() },
);

it('answers every body on every file, and never with a 500', async () => {
  await using database = await createTestDatabase();
  await using server = await startTestServer({ database });
  const path = server.paths.configFile;
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(file, body, headers, async (text, sent, extra) => {
      writeFileSync(path, text);
      const before = readFileSync(path);
      const response = await fetch(`${server.url}/api/config`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${server.operatorToken}`,
          'content-type': 'application/json',
          ...extra,
        },
        body: sent,
      });
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      const answer: unknown = await response.json();
      if (response.status === 200) {
        expect(ConfigView.safeParse(answer).success).toBe(true);
        return;
      }
      const problem = answer as Problem;
      expect([400, 409, 412, 415]).toContain(response.status);
      expect(ERRORS[problem.code].status).toBe(response.status);
      expect(readFileSync(path).equals(before)).toBe(true);
      if (response.status !== 409) return;
      const get = await fetch(`${server.url}/api/config`, {
        headers: { authorization: `Bearer ${server.operatorToken}` },
      });
      expect(get.status).toBe(200);
      ConfigView.parse(await get.json());
    }),
    { numRuns: 400 },
  );
  // Each kind of answer was seen, so that the inputs are no monotony.
  expect([...seen.keys()].sort()).toEqual([200, 400, 409, 412, 415]);
}, 180_000);
