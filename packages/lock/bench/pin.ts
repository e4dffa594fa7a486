/**
 * A core for this process and another one for the server, while latencies are compared. Where the
 * scheduler chooses, one connection's backend may share our core and the other's may not, and that
 * alone makes a factor of three.
 */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import pg from 'pg';

/** Connections that are opened until the end of the block are pinned. Linux with taskset only. */
export async function onCoresOfTheirOwn(url: string): Promise<Disposable & { pinned: boolean }> {
  const server = await serverPid(url);
  const all = `0-${os.availableParallelism() - 1}`;
  const pinned = pin(process.pid, '0') && pin(server, '1');
  return {
    pinned,
    [Symbol.dispose]() {
      pin(process.pid, all);
      pin(server, all);
    },
  };
}

async function serverPid(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid";
  const { rows } = await client.query<{ pid: number }>(text);
  await client.end();
  return rows[0]?.pid ?? 0;
}

function pin(pid: number, cores: string): boolean {
  try {
    execFileSync('taskset', ['-apc', cores, String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
