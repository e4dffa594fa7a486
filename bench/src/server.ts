/** The server under measurement: a process of its own with a PostgreSQL of its own, fsync on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@headspace/testkit';
import { spawnServer } from '@headspace/testkit/server';
import { treeCpu } from './tree-cpu.ts';
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
