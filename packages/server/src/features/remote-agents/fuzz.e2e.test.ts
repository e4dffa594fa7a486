/** Whatever is sent to these routes, the answer is one of their schemas, and no fault of the server's. */
import {
  AnswerRequest,
  ApiKeyList,
  ApiKeyView,
  CreatedApiKey,
  EmbedToken,
  ERRORS,
  NewApiKeyRequest,
  NewEmbedToken,
  NewRemoteAgentRequest,
  NewRemotePrompt,
  RemoteAgentList,
  RemoteAgentQuery,
  RemoteAgentStatus,
  RemoteAgentView,
  RemoteApproval,
  RemoteApprovalResult,
  RemotePrompt,
  RemoteTurns,
  RemoteTurnsQuery,
} from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fromSchema } from '../../../tests/testing/from-schema.ts';
import { openRemoteWorld } from '../../../tests/testing/remote-world.ts';

const SEED = 20_261_123;
const RUNS = 600;

const ProblemDocument = z.object({
  type: z.string().startsWith('urn:headspace:error:'),
  title: z.string(),
  status: z.number().int().min(400),
  code: z.enum(Object.keys(ERRORS)),
  cure: z.string(),
});

interface Route {
  readonly method: 'GET' | 'POST';
  /** `ID` and `N` stand for what is named there. */
  readonly path: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
}

const AT = '/api/remote-agents';
const ROUTES: readonly Route[] = [
  { method: 'POST', path: AT, body: NewRemoteAgentRequest, answer: RemoteAgentView },
  { method: 'GET', path: AT, answer: RemoteAgentList },
  { method: 'GET', path: `${AT}/ID`, query: RemoteAgentQuery, answer: RemoteAgentStatus },
  { method: 'GET', path: `${AT}/ID/turns`, query: RemoteTurnsQuery, answer: RemoteTurns },
  { method: 'POST', path: `${AT}/ID/prompts`, body: NewRemotePrompt, answer: RemotePrompt },
  { method: 'GET', path: `${AT}/ID/prompts`, answer: z.object({ prompts: RemotePrompt.array() }) },
  { method: 'GET', path: `${AT}/ID/prompts/N`, answer: RemotePrompt },
  { method: 'GET', path: `${AT}/ID/approvals`, answer: RemoteApproval },
  { method: 'POST', path: `${AT}/ID/approvals`, body: AnswerRequest, answer: RemoteApprovalResult },
  { method: 'POST', path: `${AT}/ID/embed-tokens`, body: NewEmbedToken, answer: EmbedToken },
  { method: 'POST', path: `${AT}/ID/stop`, answer: RemoteAgentView },
  { method: 'POST', path: '/api/keys', body: NewApiKeyRequest, answer: CreatedApiKey },
  { method: 'GET', path: '/api/keys', answer: ApiKeyList },
  { method: 'POST', path: '/api/keys/N/revoke', answer: ApiKeyView },
];

const odd = fc.constantFrom('', ' ', '\u0000', '\ud800', '../..', '%00', 'x'.repeat(5_000), '🙂');
/** As the schema says, with one field that is not, or something else entirely. */
const near = (schema: z.ZodType): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 5, arbitrary: fromSchema(schema) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fromSchema(schema), fc.string({ maxLength: 8 }), fc.oneof(odd, fc.jsonValue()))
        .chain(([value, name, wrong]) =>
          fc.constantFrom(...Object.keys(Object(value)), name).map((field) => ({
            ...Object(value),
            [field]: wrong,
          })),
        ),
    },
    { weight: 1, arbitrary: fc.oneof(odd, fc.jsonValue()) },
  );

const call = fc.constantFrom(...ROUTES).chain((route) =>
  fc.record({
    route: fc.constant(route),
    asKey: fc.boolean(),
    which: fc.nat({ max: 7 }),
    query: route.query === undefined ? fc.constant({}) : near(route.query),
    body: route.body === undefined ? fc.constant(undefined) : near(route.body),
    idempotencyKey: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'a b', 'x'.repeat(300))),
  }),
);

test.skipIf(!(await hasTmux()))(
  `${RUNS} calls: every answer fits its schema, and none is 5xx`,
  { timeout: 180_000 },
  async () => {
    await using world = await openRemoteWorld({
      script: 'exit 1',
      settings: { 'prompts.maxQueued': 500 },
    });
    const { id: keyId, key } = await world.key({ maxAgents: 2, maxPerHour: 2 });
    const ids = ['00000000-0000-4000-8000-000000000000', 'x', '%00', '1', "'"];
    for (const pid of [51, 52, 53]) {
      world.processes.running.set(pid, '1');
      const headers = { claudePid: `${pid}`, tmux: '/nowhere/default,1,0', tmuxPane: `%${pid}` };
      const payload = { session_id: `s${pid}`, source: 'startup', model: 'm', cwd: world.project };
      await world.send({ event: 'SessionStart', payload, headers });
      await world.settled();
      ids.unshift(await world.adopt(keyId, (await world.agents()).at(-1)?.id ?? 0));
    }
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(call, async ({ route, asKey, which, query, body, idempotencyKey }) => {
        const words = new URLSearchParams();
        // An address above 16 KB is refused by Node itself.
        for (const [name, value] of Object.entries(isObject(query) ? query : {})) {
          // A wait as long as allowed would be no hang, only long.
          words.set(name, name === 'waitMs' && Number(value) > 50 ? '50' : String(value));
        }
        const id = ids[which] ?? ids[0] ?? '';
        const name = route.path.replace('ID', id).replace('N', String(100_000 + which));
        const mine = isObject(body) && which < 4 ? { ...body, project: world.project } : body;
        const isCreation = route.path === AT && route.method === 'POST';
        const reply = await world.call<unknown>(route.method, `${name}?${String(words)}`, {
          ...(asKey ? { token: key } : {}),
          body: isCreation && isObject(body) ? mine : body,
          headers: idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey },
        });
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
        expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(500);
        const schema = reply.status < 300 ? route.answer : ProblemDocument;
        const shown = schema.safeParse(reply.body);
        expect(
          shown.error,
          `${reply.status} ${name}?${String(words)} ${JSON.stringify(reply.body)}`,
        ).toBe(undefined);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // A run in which everything is refused would prove little.
    for (const status of [200, 201, 202, 400, 401, 404, 409, 429]) {
      expect([status, seen.get(status) ?? 0]).toEqual([status, expect.any(Number)]);
      expect(seen.get(status) ?? 0, String(status)).toBeGreaterThan(0);
    }
  },
);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
