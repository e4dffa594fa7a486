/**
 * One measurement of the transcript reconciler, in a process of its own, so that its memory and CPU
 * time are those of nothing else. Started by `transcripts.ts`; prints one JSON object.
 */
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hookSlug } from '@headspace/contract';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { treeCpu } from './tree-cpu.ts';
import { type Piece, recordedPiece, workPiece, writeTranscript } from './transcript-lines.ts';

export type Task =
  | { kind: 'new'; mix: 'work' | 'recorded'; bytes: number }
  | { kind: 'append'; lines: number }
  | { kind: 'idle'; agents: number; files: number; looks: number };

export type Orders = Task & { databaseUrl: string; databasePid: number };

export type Measured = Record<string, number>;

/** Longer than any pause between two looks at a file. */
const LATER_MS = 61_000;
/** Between two looks at a file that grows. */
const LIVE_MS = 1_000;

interface World {
  server: TestServer;
  folder: string;
  clock: { time: number };
  tick(): Promise<void>;
  hook(event: string, sessionId: string): Promise<void>;
  statements(): Promise<number>;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
process.stdout.write(JSON.stringify(await measure(orders)));

async function measure(given: Orders): Promise<Measured> {
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-bench-'));
  const world = await openWorld(given.databaseUrl, home);
  try {
    if (given.kind === 'new') return await readNew(world, given.mix, given.bytes);
    if (given.kind === 'append') return await appendLines(world, given.lines);
    return await lookAtIdle(world, given);
  } finally {
    await world.server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function readNew(world: World, mix: string, bytes: number): Promise<Measured> {
  const piece: Piece = mix === 'work' ? workPiece : recordedPiece();
  const file = path.join(world.folder, 'long.jsonl');
  const { size, lines } = await writeTranscript(file, piece, bytes);
  // What a process of this kind holds before it reads anything.
  await world.hook('SessionStart', 'long');
  const { pool } = world.server.context;
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const sampler = { most: before };
  const timer = setInterval(() => {
    sampler.most = Math.max(sampler.most, process.memoryUsage.rss());
  }, 20);
  const cpu = process.cpuUsage();
  const databaseCpu = treeCpu(orders.databasePid);
  const begun = performance.now();
  for (let at = 0; at !== size;) {
    world.clock.time += LATER_MS;
    await world.tick();
    const { rows } = await pool.query<{ at: number }>(
      'select read_offset::float8 as at from transcript_files where path = $1',
      [file],
    );
    at = rows[0]?.at ?? 0;
  }
  const seconds = (performance.now() - begun) / 1_000;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from turns
     where agent_id = (select agent_id from transcript_files where path = $1)`,
    [file],
  );
  return {
    megabytes: size / 1e6,
    lines,
    turns: rows[0]?.n ?? 0,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    databaseCpuSeconds: treeCpu(orders.databasePid) - databaseCpu,
    rssBefore: before / 1e6,
    rssMost: sampler.most / 1e6,
  };
}

async function appendLines(world: World, count: number): Promise<Measured> {
  const file = path.join(world.folder, 'live.jsonl');
  await writeTranscript(file, workPiece, 20_000_000);
  await world.hook('SessionStart', 'live');
  world.clock.time += LATER_MS;
  await world.tick();
  const lines = workPiece(1_000_000).split('\n').filter(Boolean);
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const databaseCpu = treeCpu(orders.databasePid);
  for (let n = 0; n < count; n += 1) {
    const text = (lines[n % lines.length] ?? '').replaceAll('1000000-', `${1_000_000 + n}-`);
    await appendFile(file, `${text}\n`);
    world.clock.time += LIVE_MS;
    const begun = performance.now();
    await world.tick();
    times.push(performance.now() - begun);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.floor((sorted.length - 1) * q)] ?? 0;
  const { user, system } = process.cpuUsage(cpu);
  return {
    p50: quantile(0.5),
    p99: quantile(0.99),
    cpuMs: (user + system) / 1e3 / count,
    databaseCpuMs: ((treeCpu(orders.databasePid) - databaseCpu) * 1e3) / count,
  };
}

async function lookAtIdle(
  world: World,
  { agents, files, looks }: Extract<Orders, { kind: 'idle' }>,
): Promise<Measured> {
  const content = workPiece(1).split('\n').slice(0, 4).join('\n') + '\n';
  for (let n = 0; n < agents; n += 1) {
    await appendFile(path.join(world.folder, `s${n}.jsonl`), content.replaceAll('u1-', `u${n}-`));
    const subagents = path.join(world.folder, `s${n}`, 'subagents');
    await mkdir(subagents, { recursive: true });
    for (let one = 1; one < files / agents; one += 1) {
      await appendFile(path.join(subagents, `agent-a${one}.jsonl`), content);
    }
    await world.hook('SessionStart', `s${n}`);
  }
  for (let round = 0; round < 3; round += 1) {
    world.clock.time += LATER_MS;
    await world.tick();
  }
  const cpu = process.cpuUsage();
  const statements = await world.statements();
  const begun = performance.now();
  for (let look = 0; look < looks; look += 1) {
    world.clock.time += LATER_MS;
    await world.tick();
  }
  const { user, system } = process.cpuUsage(cpu);
  const { rows } = await world.server.context.pool.query<{ n: number }>(
    'select count(*)::int as n from transcript_files',
  );
  return {
    files: rows[0]?.n ?? 0,
    cpuMs: (user + system) / 1e3 / looks,
    wallMs: (performance.now() - begun) / looks,
    statements: ((await world.statements()) - statements) / looks,
  };
}

async function openWorld(databaseUrl: string, home: string): Promise<World> {
  const claudeFolder = path.join(home, 'claude');
  const folder = path.join(claudeFolder, 'projects', 'acme');
  await mkdir(folder, { recursive: true });
  const clock = {
    time: Date.now(),
    now: () => clock.time,
    // Loops rest after their first round: what is measured is what is called here.
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const server = await startTestServer({
    database: { url: databaseUrl },
    home: path.join(home, 'headspace'),
    claudeFolder,
    settings: { 'database.poolSize': 15, 'database.maxOverflow': 10 },
    overrides: { clock },
  });
  const service = server.context.services.find(({ name }) => name === 'transcript-reconciler');
  if (service === undefined || !('tick' in service) || typeof service.tick !== 'function') {
    throw new Error('the server has no transcript reconciler');
  }
  const tick = service.tick.bind(service) as () => Promise<void>;
  return { server, folder, clock, tick, ...talkTo(server, folder) };
}

function talkTo(server: TestServer, folder: string): Pick<World, 'hook' | 'statements'> {
  const counter = { n: 0 };
  server.context.pool.on('acquire', () => (counter.n += 1));
  return {
    async hook(event, sessionId) {
      const response = await fetch(`${server.url}/hook/${hookSlug(event)}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.hookToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          session_id: sessionId,
          transcript_path: path.join(folder, `${sessionId}.jsonl`),
          cwd: '/acme',
          source: 'startup',
          hook_event_name: event,
        }),
      });
      if (!response.ok) throw new Error(`${event} answered ${response.status}`);
      await response.arrayBuffer();
      await server.context.hooks.settled();
    },
    statements: () => Promise.resolve(counter.n),
  };
}
