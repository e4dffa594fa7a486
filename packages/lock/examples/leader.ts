/** One of all processes leads; the others wait for their turn. */
import { createAdvisoryLocks, nameKey, runForLeader } from '@headspace/lock';

const connectionString = process.env['DATABASE_URL'] ?? 'postgres://localhost/postgres';
await using locks = createAdvisoryLocks({ connectionString });
const { promise: elected, resolve } = Promise.withResolvers<void>();

const leader = runForLeader(locks, nameKey('nightly'), async (lock, signal) => {
  console.log('leads with a token:', lock.token > 0n);
  resolve();
  await new Promise((done) => signal.addEventListener('abort', done));
});
await elected;
await leader.stop();
console.log('stopped');
