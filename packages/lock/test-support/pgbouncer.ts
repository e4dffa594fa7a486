/** A pgbouncer in front of a test database. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { until } from './fixture.ts';

const NOBODY = 65_534;

export interface Pgbouncer extends AsyncDisposable {
  readonly url: string;
}

/** Path of the program, or null. */
export function findPgbouncer(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'];
  const program = folders.map((folder) => path.join(folder, 'pgbouncer')).find(existsSync);
  if (program === undefined) return null;
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return program;
  } catch {
    return null;
  }
}

/** Start one; `poolSize` server connections at most. */
export async function startPgbouncer(
  target: string,
  mode: string,
  poolSize: number,
): Promise<Pgbouncer> {
  const program = findPgbouncer();
  if (program === null) throw new Error('pgbouncer is not installed');
  const { hostname, port, pathname, username, password } = new URL(target);
  const folder = mkdtempSync(path.join(tmpdir(), 'pgbouncer-'));
  const listenPort = await freePort();
  const database = pathname.slice(1);
  const users = path.join(folder, 'users.txt');
  const config = path.join(folder, 'pgbouncer.ini');
  const login = password === '' ? '' : ` password=${decodeURIComponent(password)}`;
  writeFileSync(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  writeFileSync(
    config,
    `[databases]
${database} = host=${hostname} port=${port} dbname=${database} user=${username}${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${poolSize}
ignore_startup_parameters = extra_float_digits
`,
  );
  const isRoot = process.getuid?.() === 0;
  chmodSync(folder, 0o755);
  if (isRoot) for (const file of [folder, users, config]) chownSync(file, NOBODY, NOBODY);
  const child = spawn(program, ['-q', config], {
    stdio: 'ignore',
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const url = new URL(target);
  url.port = String(listenPort);
  await until('pgbouncer answers', () => answers(url.href));
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
