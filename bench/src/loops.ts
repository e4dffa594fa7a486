/**
 * One round of each background loop over 1,000 live agents, with and without news, and what they
 * cost together while nothing happens. CPU of the server's process only; statements are counted at
 * its connections to the database, those of the locks apart.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_HEADERS, type Settings } from '@headspace/contract';
import type { ContextOverrides } from '@headspace/server';
import { startPostgres } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { atMost, forComparison, type Row } from './report.ts';

const AGENTS = 1_000;
/** Agents of which a round with news has some. */
const NEWS = 100;
const ROUNDS = 5;
const IDLE_SECONDS = 20;
const SETTLE_MS = 12_000;
const CPU_GOAL_MS = 250;
const STATEMENTS_GOAL = 20;
const STATEMENTS_PER_AGENT_GOAL = 8;

/** What loops look at, and hands to change it. */
interface LoopWorld extends AsyncDisposable {
  server: TestServer;
  start(settings: Partial<Settings>): Promise<TestServer>;
  readonly sessions: string;
  readonly transcripts: string;
  readonly running: Map<number, string>;
  /** Added to the server's time. */
  clock: { aheadMs: number };
}

const NEVER = 86_400_000;
/** The loops by themselves would be counted too. */
const PAUSED = {
  'hookSweep.intervalMs': NEVER,
  'agentReaper.intervalMs': NEVER,
  'sessionFiles.intervalMs': NEVER,
  'silence.intervalMs': NEVER,
  'transcriptReconciler.intervalMs': NEVER,
  'eventSweep.intervalMs': NEVER,
  'spool.intervalMs': NEVER,
  'lockReports.intervalMs': NEVER,
  'retention.intervalMs': NEVER,
  'jobRescue.intervalMs': NEVER,
  'jobs.intervalMs': NEVER,
} as const satisfies Partial<Settings>;

/** A loop by its service's name, and how news come to it. Add others here. */
interface Loop {
  readonly service: string;
  /** Makes news of this many agents, at least. */
  readonly news?: {
    readonly agents: number;
    readonly make: (world: LoopWorld) => void;
    /** Another loop that has to see them first. */
    readonly before?: string;
  };
  /** By this much the clock goes on before each round. */
  readonly restMs?: number;
  /** Rounds until the news are worked in. */
  readonly rounds?: number;
}

const pidOf = (agent: number): number => 100_000 + agent;
const some = Array.from({ length: NEWS }, (_, agent) => agent);

const LOOPS: readonly Loop[] = [
  { service: 'hook-sweep' },
  { service: 'event-sweep' },
  { service: 'lock-reports' },
  { service: 'spool' },
  { service: 'retention' },
  { service: 'job-rescue' },
  {
    service: 'session-files',
    news: {
      agents: NEWS,
      make: ({ sessions }) => some.forEach((agent) => writeSession(sessions, agent, 'waiting')),
    },
  },
  {
    service: 'transcript-reconciler',
    // However seldom it looks at what has not changed for long: now it does.
    restMs: 61_000,
    news: {
      agents: NEWS,
      make: ({ transcripts }) => some.forEach((agent) => addLine(transcripts, agent, 'news')),
    },
  },
  {
    service: 'silence',
    restMs: 30 * 60_000,
    news: {
      agents: NEWS,
      // Only that its process lives keeps a silent agent from being doubted.
      make: ({ running }) => some.forEach((agent) => running.delete(pidOf(NEWS + agent))),
      before: 'session-files',
    },
  },
  // The last one, since it ends agents.
  {
    service: 'agent-reaper',
    rounds: 2,
    news: {
      agents: NEWS,
      make: ({ running }) => some.forEach((agent) => running.delete(pidOf(2 * NEWS + agent))),
    },
  },
];

export async function loopsBench(): Promise<Row[]> {
  await using world = await openWorld();
  const { server } = world;
  await fill(world);
  const rows = [await idleCost(world)];
  await server.stop();
  world.server = await world.start(PAUSED);
  await see(world);
  const counter = countStatements(world.server);
  for (const loop of LOOPS) rows.push(...(await measure(world, loop, counter)));
  return rows;
}

async function openWorld(): Promise<LoopWorld> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres({ durable: true }));
  const home = mkdtempSync(path.join(tmpdir(), 'headspace-loops-'));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const claudeFolder = path.join(home, 'claude');
  const sessions = path.join(claudeFolder, 'sessions');
  const transcripts = path.join(claudeFolder, 'projects', 'bench');
  for (const folder of [sessions, transcripts]) mkdirSync(folder, { recursive: true });
  const running = new Map<number, string>();
  const clock = { aheadMs: 0 };
  const owned = stack.move();
  const start = async (settings: Partial<Settings>): Promise<TestServer> => {
    const pool = { 'database.poolSize': 15, 'database.maxOverflow': 10 };
    const server = await startTestServer({
      database: { url: postgres.url },
      home,
      claudeFolder,
      settings: { ...pool, ...settings },
      overrides: {
        processes: tableOf(running),
        clock: {
          now: () => Date.now() + clock.aheadMs,
          sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
        },
      },
    });
    return owned.use(server);
  };
  return {
    server: await start({}),
    start,
    sessions,
    transcripts,
    running,
    clock,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Agents at work: with a process, a session file, and a transcript that was read. */
async function fill(world: LoopWorld): Promise<void> {
  const { hooks } = world.server.context;
  for (let agent = 0; agent < AGENTS; agent++) {
    world.running.set(pidOf(agent), '1');
    addLine(world.transcripts, agent, 'the beginning');
    const payload = {
      session_id: `loop-${agent}`,
      transcript_path: path.join(world.transcripts, `loop-${agent}.jsonl`),
      cwd: `/home/dev/project-${agent % 10}`,
      prompt: 'Please fix the rounding of totals',
      prompt_id: `prompt-${agent}`,
    };
    const headers = { [HOOK_HEADERS.claudePid]: String(pidOf(agent)) };
    await hooks.receive({ slug: 'user-prompt-submit', headers, body: JSON.stringify(payload) });
  }
  await hooks.settled();
  for (let agent = 0; agent < AGENTS; agent++) writeSession(world.sessions, agent, 'busy');
  await see(world);
}

/** Each loop sees it all, and what it puts off for some seconds. */
async function see(world: LoopWorld): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const { service } of LOOPS.slice(0, -2)) await tick(world, service);
    await delay(4_000);
  }
}

function writeSession(folder: string, agent: number, status: string): void {
  const pid = pidOf(agent);
  const content = { pid, sessionId: `loop-${agent}`, procStart: '1', status };
  writeFileSync(path.join(folder, `${pid}.json`), JSON.stringify(content));
}

function addLine(folder: string, agent: number, text: string): void {
  const line = {
    type: 'assistant',
    uuid: `${agent}-${text}`,
    parentUuid: null,
    timestamp: new Date().toISOString(),
    message: {
      id: `m-${agent}-${text}`,
      model: 'claude-opus-4-8',
      content: [{ type: 'text', text }],
      stop_reason: 'tool_use',
      usage: { input_tokens: 10, output_tokens: 5 },
    },
  };
  appendFileSync(path.join(folder, `loop-${agent}.jsonl`), `${JSON.stringify(line)}\n`);
}

async function tick({ server }: LoopWorld, name: string): Promise<void> {
  const service = server.context.services.find((each) => each.name === name);
  if (service === undefined || !('tick' in service)) throw new Error(`no loop ${name}`);
  await (service as { tick(): Promise<void> }).tick();
}

interface Counter {
  statements: number;
}

/** Counts what is sent over the pool's connections, `begin` and `commit` included. */
function countStatements({ context }: TestServer): Counter {
  const counter: Counter = { statements: 0 };
  const counted = new WeakSet<object>();
  context.pool.on('acquire', (client) => {
    if (counted.has(client)) return;
    counted.add(client);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const count = (...args: unknown[]): unknown => {
      counter.statements += 1;
      return query(...args);
    };
    Object.assign(client, { query: count });
  });
  return counter;
}

async function measure(world: LoopWorld, loop: Loop, counter: Counter): Promise<Row[]> {
  const quiet = [];
  for (let round = 0; round < ROUNDS; round++) quiet.push(await cost(world, loop, counter));
  const name = `${loop.service}, nothing new`;
  const rows = [
    atMost(`${name}: CPU`, median(quiet.map(({ cpuMs }) => cpuMs)), 'ms', CPU_GOAL_MS),
    atMost(
      `${name}: statements`,
      median(quiet.map(({ statements }) => statements)),
      '',
      STATEMENTS_GOAL,
    ),
  ];
  if (loop.news === undefined) return rows;
  const { agents, make, before } = loop.news;
  make(world);
  if (before !== undefined) await tick(world, before);
  const { cpuMs, statements } = await cost(world, loop, counter);
  const goal = STATEMENTS_GOAL + STATEMENTS_PER_AGENT_GOAL * agents;
  return [
    ...rows,
    forComparison(`${loop.service}, ${agents} agents with news: CPU`, cpuMs, 'ms'),
    atMost(`${loop.service}, ${agents} agents with news: statements`, statements, '', goal),
  ];
}

async function cost(
  world: LoopWorld,
  { service, rounds = 1, restMs = 0 }: Loop,
  counter: Counter,
): Promise<{ cpuMs: number; statements: number }> {
  const { statements } = counter;
  world.clock.aheadMs += restMs;
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await tick(world, service);
  const { user, system } = process.cpuUsage(before);
  return {
    cpuMs: (user + system) / 1_000 / rounds,
    statements: counter.statements - statements,
  };
}

/** All loops at their intervals, and the workers of jobs. */
async function idleCost({ server, clock }: LoopWorld): Promise<Row> {
  await server.context.hooks.settled();
  // Nothing has happened for two minutes.
  clock.aheadMs += 120_000;
  await delay(SETTLE_MS);
  const before = process.cpuUsage();
  const from = performance.now();
  await delay(IDLE_SECONDS * 1_000);
  const { user, system } = process.cpuUsage(before);
  const percent = (user + system) / 10 / (performance.now() - from);
  return atMost(`idle with ${AGENTS} agents`, percent, '% of a core', 2);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Processes that this bench says exist: start time by pid. */
function tableOf(running: ReadonlyMap<number, string>): NonNullable<ContextOverrides['processes']> {
  const presence = (pid: number) => (running.has(pid) ? 'alive' : 'absent');
  const all = () =>
    [...running].map(([pid, procStart]) => ({ pid, procStart, parent: 1, command: 'claude' }));
  return {
    presence,
    procStart: (pid) => running.get(pid) ?? null,
    folder: () => null,
    look: () => ({ presence, all, tree: (root) => all().filter(({ pid }) => pid === root) }),
  };
}
