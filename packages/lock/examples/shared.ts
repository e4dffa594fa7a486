/** Readers beside readers, two workers at a time, and two keys together. */
import { createAdvisoryLocks, nameKey } from '@headspace/lock';

const connectionString = process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres';
await using locks = createAdvisoryLocks({ connectionString });
const catalogue = nameKey('catalogue');

const readers = [1, 2, 3].map((reader) =>
  locks.advisoryLock(catalogue, { shared: true }, () => `reader ${reader}`),
);
console.log(await Promise.all(readers));

const uploads = locks.semaphore('uploads', 2);
const jobs = ['a', 'b', 'c'].map((job) => uploads.run({ purpose: job }, () => `uploaded ${job}`));
console.log(await Promise.all(jobs));

console.log(await locks.advisoryLockAll(1, [4, 2], {}, (held) => held.map(({ id }) => id)));

await using lock = await locks.acquire(catalogue);
console.log(lock.remainingMs() > 0);
