/** Locks by name, in the shape of the Web Locks API. */
import { createAdvisoryLocks } from '@headspace/lock';

const connectionString = process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres';
await using locks = createAdvisoryLocks({ connectionString });

await locks.web.request('report', async (lock) => {
  console.log(lock?.name, lock?.mode);
  const { held } = await locks.web.query();
  console.log(held.length);
});
const options = { mode: 'shared', ifAvailable: true } as const;
console.log(await locks.web.request('report', options, (lock) => lock !== null));
