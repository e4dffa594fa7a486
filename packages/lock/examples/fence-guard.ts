/** A guard in a transaction of one's own, for data without a column for the token. */
import { createAdvisoryLocks, fenceGuardSql, guardFence } from '@headspace/lock';
import pg from 'pg';

const connectionString = process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres';
await using locks = createAdvisoryLocks({ connectionString });
const db = new pg.Client({ connectionString });
await db.connect();
await db.query(fenceGuardSql());

await locks.advisoryLock(1, 7, {}, async (lock) => {
  await db.query('begin');
  await guardFence(db, lock);
  // … write whatever the lock protects …
  await db.query('commit');
});
console.log('written');
await db.end();
