/**
 * `npm run prove:lock -- races [CALLS]`: so many calls (100,000) whose time limit or abort fires
 * around the moment of the grant, from two processes' worth of services that have the keys in turn.
 * Then nothing may be locked, and nothing held twice.
 */
import { AdvisoryLockError, createAdvisoryLocks, LockNamespace } from '../../src/index.ts';
import type { AdvisoryLocks, LockHandle } from '../../src/index.ts';
import { APPLICATION, emptied, onServer, stillHeld } from './database.ts';

const { AGENT } = LockNamespace;
const CALLS = Number(process.argv[2] ?? 100_000);
const KEYS = 40;
const BATCH = 200;

/** How calls ended: `granted`, or the code of the error. */
type Ends = Map<string, number>;

async function settle(call: Promise<LockHandle>, ends: Ends): Promise<void> {
  const end = await call.then(
    async (lock) => {
      await lock.release();
      return 'granted';
    },
    (error: unknown) => {
      if (error instanceof AdvisoryLockError) return error.code;
      throw error;
    },
  );
  ends.set(end, (ends.get(end) ?? 0) + 1);
}

/** Half of the calls have a time limit of 1 to 4 ms, half are aborted after 0 to 3 turns of the loop. */
async function batch(locks: AdvisoryLocks, ends: Ends): Promise<void> {
  const calls = Array.from({ length: BATCH }, (_, n) => {
    if (n % 2 === 0) return locks.acquire(AGENT, n % KEYS, { timeoutMs: 1 + ((n >> 1) % 4) });
    const controller = new AbortController();
    let turns = (n >> 1) % 4;
    const turn = (): unknown => (turns-- > 0 ? setImmediate(turn) : controller.abort());
    setImmediate(turn);
    return locks.acquire(AGENT, n % KEYS, { signal: controller.signal });
  });
  await Promise.all(calls.map((call) => settle(call, ends)));
}

const problems = await onServer(async (server) => {
  const ends: Ends = new Map();
  const options = { connectionString: server.url, applicationName: APPLICATION };
  {
    await using one = createAdvisoryLocks(options);
    await using other = createAdvisoryLocks(options);
    for (let done = 0; done < CALLS; done += 2 * BATCH) {
      await Promise.all([batch(one, ends), batch(other, ends)]);
    }
    if (!(await emptied(server))) return [`${await server.locks()} locks are left`];
    const held = await stillHeld(server, KEYS);
    if (held.length > 0) return [`keys ${held.join(', ')} are still held`];
  }
  console.log([...ends].map(([end, count]) => `${count} ${end}`).join(', '));
  const expected = ['granted', 'timeout', 'aborted'];
  const missing = expected.filter((end) => !ends.has(end));
  const others = [...ends.keys()].filter((end) => !expected.includes(end));
  return [
    ...missing.map((end) => `no call ended as ${end}, so the race was not run`),
    ...others.map((end) => `calls ended as ${end}`),
  ];
});
for (const problem of problems) console.log(`FAILED: ${problem}`);
console.log(`${CALLS} raced time limits and aborts: ${problems.length} contradictions`);
process.exitCode = problems.length === 0 ? 0 : 1;
