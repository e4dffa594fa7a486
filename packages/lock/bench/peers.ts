/**
 * The peers, installed from npm into a folder of their own, and a redis-server for redlock. They are
 * not dependencies of the repository.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

const PEERS = {
  'advisory-lock': '2.0.0',
  'async-mutex': '0.5.0',
  'graphile-worker': '0.18.0',
  ioredis: '5.4.1',
  'pg-boss': '12.38.0',
  redlock: '5.0.0-beta.2',
} as const;

/** The folder; installs what is missing. Throws when npm cannot. */
export function installPeers(root: string): string {
  const folder = path.join(root, '.cache', 'bench-lock');
  const done = path.join(folder, 'installed.json');
  const wanted = JSON.stringify(PEERS);
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, dependencies: PEERS };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
  writeFileSync(done, wanted);
  return folder;
}

const REDIS_SERVER = 'redis-server';

export interface Redis extends AsyncDisposable {
  readonly port: number;
}

/** Null where redis-server is not installed. */
export async function startRedis(): Promise<Redis | null> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(REDIS_SERVER, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ready = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    child.stdout.on('data', (data) => {
      if (String(data).includes('Ready to accept')) resolve(true);
    });
  });
  if (!ready) return null;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
