/** Several server processes of one host: its loops run in one of them, and soon in another. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@headspace/testkit';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Ready = z.object({
  status: z.string(),
  late: z.array(z.string()),
  services: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['active', 'standby']),
      lastSuccessAt: z.string().nullable(),
    }),
  ),
});

const HOST = [
  'agent-reaper',
  'prompt-delivery',
  'session-files',
  'spool',
  'tmux-watchdog',
  'transcript-reconciler',
];
const DATABASE = ['context-poller', 'hook-sweep', 'job-rescue', 'retention', 'silence'];
const EVERYWHERE = ['config-file', 'event-sweep', 'jobs', 'lock-reports', 'summary-worker'];

interface Pair extends AsyncDisposable {
  readonly servers: readonly SpawnedServer[];
  /** Starts one more on the same database and home. */
  start(): Promise<SpawnedServer>;
}

async function openPair(): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const home = await mkdtemp(join(tmpdir(), 'headspace-leaders-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const owned = stack.move();
  const start = async () => owned.use(await spawnServer({ database, home }));
  const servers = [await start(), await start()];
  return { servers, start, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Names of the services that this process runs. */
async function active({ url }: SpawnedServer): Promise<string[]> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
  const { services, late } = Ready.parse(await answer.json());
  expect(late).toEqual([]);
  return services.filter(({ role }) => role === 'active').map(({ name }) => name);
}

const leads = async (server: SpawnedServer, names: string[]): Promise<boolean> => {
  const running = await active(server);
  return names.every((name) => running.includes(name));
};

/** The first process that leads for the host. */
async function leaderOf(servers: readonly SpawnedServer[]): Promise<SpawnedServer> {
  return waitUntil(async () => {
    for (const server of servers) if (await leads(server, HOST)) return server;
    return null;
  });
}

test('each loop runs in one process; what belongs to a process runs in each', async () => {
  await using pair = await openPair();
  await leaderOf(pair.servers);
  const running = await waitUntil(async () => {
    const lists = await Promise.all(pair.servers.map(active));
    return lists.flat().includes('silence') && lists.flat().toSorted();
  });
  expect(running).toEqual([...HOST, ...DATABASE, ...EVERYWHERE, ...EVERYWHERE].toSorted());
});

test('after kill -9 of the leading process the other one takes over within 2 s', async () => {
  await using pair = await openPair();
  const leader = await leaderOf(pair.servers);
  const [other] = pair.servers.filter((server) => server !== leader);
  if (other === undefined) throw new Error('no other');
  const from = performance.now();
  await leader.end('SIGKILL');
  await waitUntil(() => leads(other, [...HOST, ...DATABASE]), { everyMs: 10 });
  const ms = performance.now() - from;
  process.stdout.write(`leaders: taken over ${ms.toFixed(0)} ms after kill -9\n`);
  expect(ms).toBeLessThan(2_000);
});

test('a leading process that hangs loses the lead with its lease, and knows it when it wakes', async () => {
  await using pair = await openPair();
  const leader = await leaderOf(pair.servers);
  const [other] = pair.servers.filter((server) => server !== leader);
  if (other === undefined) throw new Error('no other');
  const from = performance.now();
  leader.process.kill('SIGSTOP');
  await waitUntil(() => leads(other, HOST), { everyMs: 50 });
  const ms = performance.now() - from;
  process.stdout.write(`leaders: taken over ${ms.toFixed(0)} ms after SIGSTOP\n`);
  // The lease of a lock session is 10 s.
  expect(ms).toBeLessThan(12_000);
  leader.process.kill('SIGCONT');
  // Its connections were closed while it slept; it answers as soon as it has new ones.
  await waitUntil(async () => !(await leads(leader, HOST).catch(() => true)));
  expect(await leads(other, HOST)).toBe(true);
});

test('a server that is stopped in order gives the lead on at once', async () => {
  await using pair = await openPair();
  const leader = await leaderOf(pair.servers);
  const [other] = pair.servers.filter((server) => server !== leader);
  if (other === undefined) throw new Error('no other');
  expect(await leader.end('SIGTERM')).toBe(0);
  await waitUntil(() => leads(other, [...HOST, ...DATABASE]), { timeoutMs: 2_000 });
});
