/** A section under a lock, with the fencing token in the row that it writes. */
import { createAdvisoryLocks, LockNamespace } from '@headspace/lock';
import pg from 'pg';

const connectionString = process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres';
await using locks = createAdvisoryLocks({ connectionString });
const db = new pg.Pool({ connectionString, max: 1 });
await db.query(
  'create table if not exists example_agents (id int primary key, fence bigint not null default 0, state text)',
);
await db.query('insert into example_agents (id) values (7) on conflict do nothing');

const options = { timeoutMs: 5_000, purpose: 'hook Stop' };
const state = await locks.advisoryLock(LockNamespace.AGENT, 7, options, async (lock) => {
  const { rows } = await db.query<{ state: string }>(
    'update example_agents set fence = $2, state = $3 where id = $1 and fence < $2 returning state',
    [7, String(lock.token), 'idle'],
  );
  return rows[0]?.state;
});
console.log(state);
await db.end();
