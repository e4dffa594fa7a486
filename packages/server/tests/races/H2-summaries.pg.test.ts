/**
 * Several ask a model for the line of one turn. Each turn costs one call, whoever asks and however
 * often: workers in four processes, and workers that are killed in the middle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createProviderStub,
  type ProviderStub,
} from '../../src/features/summaries/testing/provider-stub.ts';
import {
  openSummaryWorld,
  type SummaryWorld,
} from '../../src/features/summaries/testing/summary-world.ts';

const WORKER = fileURLToPath(
  new URL('../../src/features/summaries/testing/worker-process.ts', import.meta.url),
);
const TURNS = 100;
const PROCESSES = 4;
const WORKERS_EACH = 5;
const WAIT = { timeoutMs: 60_000 };

let world: SummaryWorld;
let stub: ProviderStub;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  stub = await createProviderStub();
  world = await openSummaryWorld({
    'summaries.provider': 'openai-compatible',
    'summaries.baseUrl': `${stub.url}/v1`,
    'summaries.model': 'stub',
  });
  const turns = Array.from({ length: TURNS }, (_, n) => textOf(n));
  await world.say(...turns.map((text) => ['user', text] as const));
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await stub[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const textOf = (n: number): string =>
  `Please repair part number ${n} of the engine, which is too slow`;

interface Workers {
  readonly child: ChildProcess;
  begin(): void;
  readonly done: Promise<unknown>;
}

/** Resolves when the process waits for its start. */
async function startWorkers(): Promise<Workers> {
  const args = [WORKER, world.databaseUrl, `${stub.url}/v1`, String(WORKERS_EACH)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  const done = once(child, 'close').then(() => running.delete(child));
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return { child, begin: () => void child.stdin.write('go\n'), done };
}

/** Calls about turns; of a project a line is made, too. */
const turnCalls = (): string[] =>
  stub.calls.map(({ material }) => material).filter((text) => text.includes('repair part number'));

const callsOf = (n: number): number =>
  turnCalls().filter((material) => material.includes(`number ${n} of`)).length;

async function expectAllDone(): Promise<void> {
  const turns = (await world.rows()).filter(({ kind }) => kind === 'turn');
  expect(turns.map(({ state }) => state)).toEqual(turns.map(() => 'done'));
  expect(turns).toHaveLength(TURNS);
}

test(
  'H2: 20 workers in 4 processes, the same 100 turns: exactly 100 calls',
  { timeout: 120_000 },
  async () => {
    // The first calls are answered when many workers are at it.
    const gate = Promise.withResolvers<void>();
    stub.hold(gate.promise);
    const workers = await Promise.all(Array.from({ length: PROCESSES }, startWorkers));
    for (const one of workers) one.begin();
    await waitUntil(() => stub.calls.length >= 8, { ...WAIT, what: 'calls at once' });
    gate.resolve();
    stub.hold(null);
    await Promise.all(workers.map(({ done }) => done));
    expect(Array.from({ length: TURNS }, (_, n) => callsOf(n))).toEqual(Array(TURNS).fill(1));
    await expectAllDone();
    const { rowCount } = await world.pool.query(`select from inference_calls where kind = 'turn'`);
    expect(rowCount).toBe(TURNS);
  },
);

test(
  'H2: workers killed in the middle: one repetition for each answer that died with them',
  { timeout: 180_000 },
  async () => {
    const gate = Promise.withResolvers<void>();
    const [doomed, ...others] = await Promise.all(Array.from({ length: PROCESSES }, startWorkers));
    if (doomed === undefined) throw new Error('no process');
    // The first process has calls under way, of which no answer has come.
    stub.hold(gate.promise);
    doomed.begin();
    await waitUntil(() => stub.calls.length >= 20, { ...WAIT, what: 'its calls' });
    doomed.child.kill('SIGKILL');
    await doomed.done;
    const lost = stub.calls.length;
    gate.resolve();
    stub.hold(null);
    for (const one of others) one.begin();
    await Promise.all(others.map(({ done }) => done));
    // While the leases last, nobody repeats those calls.
    expect(turnCalls()).toHaveLength(TURNS);
    expect((await world.rows()).filter(({ state }) => state === 'claimed')).toHaveLength(lost);
    await world.pool.query(`update summaries set lease_until = now() where state = 'claimed'`);
    const last = await startWorkers();
    last.begin();
    await last.done;
    await expectAllDone();
    const counts = Array.from({ length: TURNS }, (_, n) => callsOf(n));
    expect(counts.filter((count) => count > 2 || count < 1)).toEqual([]);
    expect(counts.filter((count) => count === 2)).toHaveLength(lost);
    const { rows } = await world.pool.query<{ outcome: string; count: number }>(
      `select outcome, count(*)::int as count from inference_calls where kind = 'turn'
     group by outcome order by outcome`,
    );
    expect(rows).toEqual([
      { outcome: 'done', count: TURNS },
      { outcome: 'lost', count: lost },
    ]);
  },
);
