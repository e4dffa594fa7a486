/** An app that listens, with a few routes that say what they are. For this folder's tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rawRequest, type RawAnswer, type RawRequest } from '@headspace/testkit';
import type { FastifyPluginAsync } from 'fastify';
import { pino } from 'pino';
import { systemClock } from '../platform/clock.ts';
import { buildApp, type AppOptions } from './app.ts';

export const TOKENS = { hook: 'hook-secret', operator: 'operator-secret' };

export interface TestApp extends AsyncDisposable {
  readonly url: string;
  readonly webFolder: string;
  readonly log: string[];
  readonly stop: AbortController;
  call(what: RawRequest): Promise<RawAnswer>;
}

const routes: FastifyPluginAsync = (app) => {
  app.get('/health/live', () => ({ ok: true }));
  app.get('/metrics', () => 'metrics');
  app.get('/api/thing', () => ({ thing: true }));
  app.post('/api/thing', (request) => ({ got: request.body }));
  app.get('/hook/status', () => ({ status: true }));
  app.post('/hook/:slug', (_request, reply) => reply.code(204).send());
  return Promise.resolve();
};

export async function testApp(
  extra: readonly FastifyPluginAsync[] = [],
  options: Partial<AppOptions> = {},
): Promise<TestApp> {
  const folder = mkdtempSync(path.join(tmpdir(), 'headspace-web-'));
  const webFolder = path.join(folder, 'dist');
  const log: string[] = [];
  const stop = new AbortController();
  const app = await buildApp(
    {
      logger: pino({ level: 'trace' }, { write: (line: string) => log.push(line) }),
      clock: systemClock,
      tokens: TOKENS,
      remoteDoor: {
        knows: () => false,
        admitOperator: () => undefined,
        admitToken: async () => {
          throw new Error('no key is known here');
        },
      },
      host: '127.0.0.1',
      allowedHosts: [],
      stopping: stop.signal,
      webFolder,
      ...options,
    },
    [routes, ...extra],
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    webFolder,
    log,
    stop,
    call: (what) => rawRequest(url, what),
    async [Symbol.asyncDispose]() {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const bearer = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});

/** The `code` of a problem document. */
export function codeOf(answer: RawAnswer): unknown {
  if (answer.headers['content-type']?.startsWith('application/problem+json') !== true) {
    return undefined;
  }
  return (JSON.parse(answer.body) as { code: unknown }).code;
}
