import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test-support/cluster.ts';
import { expectCode } from '../../test-support/fixture.ts';
import { createAdvisoryLocks, LockNamespace, type LockHandle } from '../index.ts';

const { AGENT } = LockNamespace;
/** Places: 10 × 100 = 1,000. */
const SMALL_TABLE = { max_locks_per_transaction: '10', max_connections: '100' };
let cluster: Cluster | null = null;
beforeAll(async () => {
  cluster = await startCluster(SMALL_TABLE);
});
afterAll(async () => {
  await cluster?.remove();
});

describe("the guard of PostgreSQL's lock table", () => {
  it('refuses keys beyond its share, counts other processes, and the cluster stays well', async () => {
    const connectionString = cluster?.url('postgres') ?? '';
    await using first = createAdvisoryLocks({ connectionString });
    await using second = createAdvisoryLocks({ connectionString });
    const take = async (locks: typeof first, from: number, count: number) => {
      const asked = Array.from({ length: count }, (_, n) => locks.acquire(AGENT, from + n));
      const results = await Promise.allSettled(asked);
      const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
      const held = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      return { held, refused };
    };
    const held: LockHandle[] = [];
    for (let round = 0; round < 8; round++) {
      const one = await take(first, round * 100, 100);
      const other = await take(second, 10_000 + round * 100, 100);
      held.push(...one.held, ...other.held);
      for (const error of [...one.refused, ...other.refused])
        expect(error).toMatchObject({ code: 'lock_table_full' });
    }
    expect(held.length).toBeGreaterThanOrEqual(600);
    expect(held.length).toBeLessThanOrEqual(900);
    await expectCode(first.acquire(AGENT, 5_000), 'lock_table_full');
    // Every other statement of the cluster still gets its locks.
    const client = new pg.Client({ connectionString });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as n from pg_catalog.pg_class');
    expect(rows).toHaveLength(1);
    await client.end();
    await Promise.all(held.map((lock) => lock.release()));
    await (await first.acquire(AGENT, 5_000)).release();
  });
});
