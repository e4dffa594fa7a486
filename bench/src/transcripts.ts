/**
 * The transcript reconciler: a new file of 100 MB, one line more, 5,000 files in which nothing
 * happens, and the memory that a file of 500 MB takes. See docs/guide/transcripts.md for what the
 * numbers were and what was tried.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '@headspace/testkit';
import { atLeast, atMost, forComparison, type Row } from './report.ts';
import { workPiece, writeTranscript } from './transcript-lines.ts';
import type { Measured, Orders, Task } from './transcripts-worker.ts';

const WORKER = fileURLToPath(new URL('transcripts-worker.ts', import.meta.url));
const BYTES = 100_000_000;
const LARGE_BYTES = 500_000_000;

export async function transcriptsBench(): Promise<Row[]> {
  return [...(await newFiles()), ...(await peers()), ...(await appended()), ...(await idle())];
}

async function newFiles(): Promise<Row[]> {
  const work = await measure({ kind: 'new', mix: 'work', bytes: BYTES });
  const recorded = await measure({ kind: 'new', mix: 'recorded', bytes: BYTES });
  const large = await measure({ kind: 'new', mix: 'work', bytes: LARGE_BYTES });
  const speed = (run: Measured): number => (run['megabytes'] ?? 0) / (run['seconds'] ?? 1);
  const per100 = (run: Measured, name: string): number =>
    ((run[name] ?? 0) / (run['megabytes'] ?? 1)) * 100;
  const grown = (large['rssMost'] ?? 0) - (large['rssBefore'] ?? 0);
  return [
    atLeast('new 100 MB transcript, 2.0 kB a line', speed(work), 'MB/s', 50),
    forComparison('  turns written', (work['turns'] ?? 0) / (work['seconds'] ?? 1), 'rows/s'),
    forComparison('  CPU of the server for 100 MB', per100(work, 'cpuSeconds'), 's'),
    forComparison('  CPU of PostgreSQL for 100 MB', per100(work, 'databaseCpuSeconds'), 's'),
    forComparison('new 100 MB transcript, recorded lines (0.6 kB)', speed(recorded), 'MB/s'),
    forComparison('new 500 MB transcript', speed(large), 'MB/s'),
    atMost('  memory that it takes (RSS)', grown, 'MB', 300),
  ];
}

/** What others need for reading alone, without writing anything. */
async function peers(): Promise<Row[]> {
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-bench-'));
  try {
    const folder = path.join(home, 'projects', 'acme');
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, 'long.jsonl');
    const { size } = await writeTranscript(file, workPiece, BYTES);
    const naive = await seconds(async () => {
      const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
      for (const line of lines) JSON.parse(line);
    });
    const script = createRequire(import.meta.url).resolve('ccusage/package.json');
    const ccusage = await seconds(() =>
      promisify(execFile)(
        process.execPath,
        [path.join(path.dirname(script), 'src/cli.js'), 'claude', 'session', '--json', '--offline'],
        { env: { PATH: process.env['PATH'], HOME: home, CLAUDE_CONFIG_DIR: home } },
      ),
    );
    return [
      forComparison('peer: whole file, JSON.parse of each line', size / 1e6 / naive, 'MB/s'),
      forComparison('peer: ccusage, tokens only', size / 1e6 / ccusage, 'MB/s'),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function appended(): Promise<Row[]> {
  const run = await measure({ kind: 'append', lines: 500 });
  return [
    atMost('one line more, p50', run['p50'] ?? 0, 'ms', 5),
    forComparison('one line more, p99', run['p99'] ?? 0, 'ms'),
    forComparison('  CPU of PostgreSQL', run['databaseCpuMs'] ?? 0, 'ms'),
  ];
}

async function idle(): Promise<Row[]> {
  const run = await measure({ kind: 'idle', agents: 1_000, files: 5_000, looks: 5 });
  return [
    atMost('look at 5,000 idle files of 1,000 agents, CPU', run['cpuMs'] ?? 0, 'ms', 250),
    atMost('  statements', run['statements'] ?? 0, '', 20),
    forComparison('  files known', run['files'] ?? 0, ''),
  ];
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

/** Each measurement has a database of its own, fsync on, and a process of its own. */
async function measure(task: Task): Promise<Measured> {
  await using postgres = await startPostgres({ durable: true });
  const given: Orders = { ...task, databaseUrl: postgres.url, databasePid: postgres.pid ?? 0 };
  const child = spawn(process.execPath, ['--expose-gc', WORKER, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return JSON.parse(text) as Measured;
}
