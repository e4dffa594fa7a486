/** A server of its own for one proof, and what its advisory locks and connections are. */
import pg from 'pg';
import { startCluster } from '../cluster.ts';
import { createAdvisoryLocks, LockNamespace } from '../../src/index.ts';

/** Upper half of the key that sessions take in turn while they open (fence.ts). */
const OPENING_LOCK = 0x7ad1_ffff;
export const APPLICATION = 'endurance';

export interface Watched {
  readonly url: string;
  /** Advisory locks in pg_locks, interest locks too. */
  locks(): Promise<number>;
  /** Connections of the services that are named APPLICATION. */
  connections(): Promise<number>;
}

/** Runs `body` on a new server, and removes the server. */
export async function onServer<T>(body: (server: Watched) => Promise<T>): Promise<T> {
  const cluster = await startCluster();
  const client = new pg.Client({ connectionString: cluster.url('postgres') });
  client.on('error', () => {});
  const count = async (text: string, values: readonly unknown[]): Promise<number> => {
    const { rows } = await client.query<{ n: number }>(text, [...values]);
    return rows[0]?.n ?? Number.NaN;
  };
  try {
    await client.connect();
    return await body({
      url: cluster.url('postgres'),
      locks: () =>
        count(
          `select count(*)::int as n from pg_locks
            where locktype = 'advisory' and (classid, objid, objsubid) <> ($1::oid, 0, 1)`,
          [OPENING_LOCK],
        ),
      connections: () =>
        count('select count(*)::int as n from pg_stat_activity where application_name = $1', [
          APPLICATION,
        ]),
    });
  } finally {
    await client.end();
    await cluster.remove();
  }
}

/** Waits until no advisory lock is left; false after 10 s. */
export async function emptied(server: Watched): Promise<boolean> {
  const end = performance.now() + 10_000;
  while ((await server.locks()) > 0) {
    if (performance.now() > end) return false;
  }
  return true;
}

/** Ids of 0 to `ids` that a new process does not get at once: what is still or doubly held. */
export async function stillHeld(server: Watched, ids: number): Promise<number[]> {
  await using fresh = createAdvisoryLocks({ connectionString: server.url });
  const all = Array.from({ length: ids }, (_, id) => id);
  const got = await Promise.all(all.map((id) => fresh.tryAcquire(LockNamespace.AGENT, id)));
  return all.filter((id) => got[id] === null);
}
