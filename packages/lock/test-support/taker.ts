/**
 * A process that takes one lock and says so, for tests that kill or stop a real holder.
 * Arguments: connection string, id, service options as JSON. Prints `held TOKEN`; on the line
 * `release` gives the lock back and prints `released`; ends with its standard input.
 */
import { createInterface } from 'node:readline';
import { type AdvisoryLocksOptions, createAdvisoryLocks, LockNamespace } from '../src/index.ts';

const [connectionString = '', id = '0', options = '{}'] = process.argv.slice(2);
const more = JSON.parse(options) as Partial<AdvisoryLocksOptions>;
const locks = createAdvisoryLocks({ connectionString, ...more });
const lock = await locks.acquire(LockNamespace.AGENT, Number(id), { purpose: 'taker' });
lock.signal.addEventListener('abort', () => console.log('lost'));
console.log(`held ${lock.token}`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'release') continue;
  await lock.release();
  console.log('released');
}
await locks.close();
