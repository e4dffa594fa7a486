/**
 * Every route that there is, called with what no caller should send: no fault of the server's, no
 * hang, and every refusal says what to do.
 */
import { ERRORS } from '@headspace/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHookWorld } from './testing/hook-world.ts';
import { routesOf } from './testing/routes-of.ts';

const SEED = 20_261_123;
const CALLS_PER_ROUTE = 25;

/** Routes that answer for as long as the caller stays. */
const ENDLESS = new Set(['/api/events']);

const parameter = fc.constantFrom(
  ...['1', '0', '-1', '007', 'x', 'NaN', '1e3', '1.5', '2147483648', '99999999999999999999'],
  ...['%00', '%20', '..%2f..%2fetc', '%f0%9f%99%82', 'session-start', 'skill.md', 'a'.repeat(300)],
);
const body = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    {},
    [],
    null,
    'text',
    7,
    { key: '\u0000' },
    { text: '\ud800' },
  ),
  fc.constantFrom<unknown>(
    { session_id: 's', hook_event_name: 'Stop' },
    { text: 'hello', key: 'a b' },
    { path: '/nowhere', project: '/nowhere', name: 'x', scopes: ['agents:read'], projects: ['/'] },
    { option: -1, expect: '' },
    { decision: 'perhaps', state: 1, ids: ['x'], projectId: 1e99 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const query = fc.constantFrom(
  ...['', '?limit=x', '?limit=-1', '?before=1e99', '?agentId=x', '?agent=%00', '?include=%ff'],
  ...['?after=99999999999999999999', '?waitMs=x', '?days=-1', '?projectId=NaN', '?kind[]=1'],
);

test('no route fails or hangs, whatever is sent', { timeout: 180_000 }, async () => {
  await using world = await openHookWorld();
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  const all = routesOf(server.context.app.printRoutes({ commonPrefix: false }));
  const routes = all.filter(({ pattern }) => !ENDLESS.has(pattern));
  expect(routes.length).toBeGreaterThan(60);
  const faults: string[] = [];
  for (const { method, pattern } of routes) {
    const calls = fc.sample(fc.tuple(fc.array(parameter, { minLength: 4 }), body, query), {
      seed: SEED,
      numRuns: CALLS_PER_ROUTE,
    });
    for (const [parameters, sent, asked] of calls) {
      let n = 0;
      const filled = pattern.replaceAll(/:\w+|\*/g, () => parameters[n++] ?? '1') + asked;
      const path = filled.startsWith('/') ? filled : `/${filled}`;
      const hasBody = method !== 'GET' && sent !== undefined;
      const response = await fetch(`${server.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${path.startsWith('/hook/') ? server.hookToken : server.operatorToken}`,
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
        },
        ...(hasBody ? { body: JSON.stringify(sent) } : {}),
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      const call = `${method} ${path} ${JSON.stringify(sent)?.slice(0, 80)}: ${response.status}`;
      if (response.status >= 500) faults.push(`${call} ${text.slice(0, 200)}`);
      else if (response.status >= 400 && !isProblem(text)) faults.push(`${call} is no problem`);
    }
  }
  expect(faults).toEqual([]);
});

function isProblem(text: string): boolean {
  try {
    const { code, cure } = JSON.parse(text) as { code?: string; cure?: unknown };
    return code !== undefined && code in ERRORS && typeof cure === 'string';
  } catch {
    return false;
  }
}
