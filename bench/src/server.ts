/** The server under measurement: a process of its own with a PostgreSQL of its own, fsync on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@headspace/testkit';
import { spawnServer } from '@headspace/testkit/server';
import type { LoadOrders, LoadResult } from './load.ts';

export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly databaseUrl: string;
  readonly operatorToken: string;
  load(orders: Omit<LoadOrders, 'url' | 'token'>): Promise<LoadResult>;
  /** Waits until every hook is applied and announced. Returns the milliseconds that took. */
  drained(): Promise<number>;
  /** CPU seconds that server and database have used so far. */
  cpuSeconds(): number;
}

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url));
/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const TICKS = 100;

export async function startBenchServer(): Promise<BenchServer> {
  const postgres = await startPostgres({ durable: true });
  const server = await spawnServer({
    database: { url: postgres.url },
    settings: { 'database.poolSize': 15, 'database.maxOverflow': 10, 'log.level': 'warn' },
  });
  const api = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${server.operatorToken}` };
    return (await fetch(`${server.url}${path}`, { headers })).json();
  };
  return {
    url: server.url,
    databaseUrl: postgres.url,
    operatorToken: server.operatorToken,
    async load(orders) {
      const all: LoadOrders = { ...orders, url: server.url, token: server.hookToken };
      const child = spawn(process.execPath, [LOAD, JSON.stringify(all)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      await once(child, 'close');
      return JSON.parse(text) as LoadResult;
    },
    async drained() {
      const begun = performance.now();
      for (;;) {
        const status = (await api('/hook/status')) as { pending: number };
        if (status.pending === 0) return performance.now() - begun;
      }
    },
    cpuSeconds: () => treeCpu(server.process.pid ?? 0) + treeCpu(postgres.pid ?? 0),
    async [Symbol.asyncDispose]() {
      await server.end('SIGTERM');
      await server[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** User and system time of a process and all its descendants, ended children included. */
function treeCpu(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(Number(name)));
  const family = new Set([root]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const own = processes.filter(({ pid }) => family.has(pid));
  return own.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS;
}

function stat(pid: number): { pid: number; parent: number; ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, times] = [fields[1], fields.slice(11, 15)];
    return [{ pid, parent, ticks: times.reduce((a, b) => a + b, 0) }];
  } catch {
    return [];
  }
}
