/** From the call of the API to the proof that the real Claude Code has the prompt. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '@headspace/testkit';
import { createClaude, createModelStub, installClaude } from '@headspace/testkit/claude';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import { atMost, forComparison, type Row } from './report.ts';

const HEADSPACE = fileURLToPath(new URL('../../packages/cli/bin/headspace.mjs', import.meta.url));
const COUNT = 30;

interface Accepted {
  readonly state: string;
  readonly createdAt: string;
  readonly acceptedAt: string | null;
}

export async function promptsBench(): Promise<Row[]> {
  const install = await installClaude();
  if (!install.ok) {
    process.stderr.write(`prompts: ${install.reason}\n`);
    return [];
  }
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres({ durable: true }));
  const database = { url: postgres.url };
  const model = stack.use(await createModelStub());
  const { binary } = install;
  const claude = stack.use(await createClaude({ binary, modelUrl: model.url }));
  const home = path.join(claude.home, '.headspace');
  const claudeFolder = path.join(claude.home, '.claude');
  const server = stack.use(await spawnServer({ database, home, claudeFolder }));
  const env = { ...claude.env, HEADSPACE_SERVER_PORT: new URL(server.url).port };
  await promisify(execFile)(process.execPath, [HEADSPACE, 'hooks', 'install', '--yes'], { env });
  const session = await claude.start();
  const agentId = await waitUntil(async () => (await agents(server))[0]?.id, { what: 'the agent' });
  const ms: number[] = [];
  for (let n = 0; n < COUNT; n++) {
    await session.waitForStatus('idle');
    const begun = performance.now();
    const prompt = await call<{ id: number }>(server, 'POST', `/api/agents/${agentId}/prompts`, {
      text: n % 3 === 2 ? `prompt ${n}\n${'a line of it\n'.repeat(30)}end` : `prompt ${n}`,
    });
    const url = `/api/agents/${agentId}/prompts/${prompt.id}`;
    const done = await waitUntil(
      async () => {
        const seen = await call<Accepted>(server, 'GET', url);
        return ['accepted', 'failed'].includes(seen.state) ? seen : undefined;
      },
      { what: 'the end of the prompt', everyMs: 5, timeoutMs: 60_000 },
    );
    if (done.state !== 'accepted') throw new Error(`prompt ${n} has failed`);
    ms.push(performance.now() - begun);
  }
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return [
    atMost('prompt to accepted, real Claude Code, p50', at(0.5), 'ms', 400),
    forComparison('prompt to accepted, real Claude Code, p90', at(0.9), 'ms'),
    forComparison('prompt to accepted, real Claude Code, worst', at(1), 'ms'),
  ];
}

async function agents(server: SpawnedServer): Promise<{ id: number }[]> {
  return (await call<{ agents: { id: number }[] }>(server, 'GET', '/api/agents')).agents;
}

async function call<T>(
  server: SpawnedServer,
  method: string,
  url: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${server.url}${url}`, {
    method,
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
