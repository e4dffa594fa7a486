/**
 * `npm run prove:lock -- soak [CYCLES]`: so many cycles (2,000,000) of acquire and release, of every
 * kind, by two processes' worth of services. Connections, heap and pg_locks have to stay flat: each
 * is looked at 40 times, while nobody holds anything.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAdvisoryLocks, LockNamespace, type AdvisoryLocks } from '../../src/index.ts';
import { APPLICATION, emptied, onServer, type Watched } from './database.ts';

const { AGENT } = LockNamespace;
const CYCLES = Number(process.argv[2] ?? 2_000_000);
const LOOKS = 40;
/** At one time, of each service. */
const CALLERS = 60;
/** Of the first look after the warm-up; a page of new code or two is no leak. */
const MOST_GROWTH = 1.1;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Look {
  readonly cycles: number;
  readonly locks: number;
  readonly connections: number;
  readonly heap: number;
}

const nothing = (): void => {};

/** One cycle each; together they meet every path: free, contended here and there, shared, several. */
const KINDS: readonly ((locks: AdvisoryLocks, n: number) => Promise<unknown>)[] = [
  // Free, and of ever new keys: what is kept per key would grow.
  (locks, n) => locks.advisoryLock(AGENT, n & 0x7fff_ffff, {}, nothing),
  (locks, n) => locks.advisoryLock(AGENT, -1 - (n % 3), {}, nothing),
  (locks, n) => locks.advisoryLock(AGENT, -10 - (n % 3), { shared: true }, nothing),
  (locks, n) => locks.advisoryLockOrSkip(AGENT, -1 - (n % 3), {}, nothing),
  (locks, n) => locks.advisoryLock(AGENT, -100 - (n % 500), { timeoutMs: 60_000 }, nothing),
  (locks, n) => locks.advisoryLockAll(AGENT, [-700 - (n % 5), -800 - (n % 7)], {}, nothing),
];

async function cycles(services: readonly AdvisoryLocks[], from: number, count: number) {
  let next = from;
  const caller = async (locks: AdvisoryLocks): Promise<void> => {
    while (next < from + count) {
      const n = next++;
      await KINDS[n % KINDS.length]?.(locks, n);
    }
  };
  const callers = services.flatMap((locks) => Array.from({ length: CALLERS }, () => caller(locks)));
  await Promise.all(callers);
}

async function look(server: Watched, done: number): Promise<Look> {
  await emptied(server);
  collectGarbage();
  const heap = process.memoryUsage().heapUsed;
  const [locks, connections] = [await server.locks(), await server.connections()];
  return { cycles: done, locks, connections, heap };
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const problems = await onServer(async (server) => {
  const options = { connectionString: server.url, applicationName: APPLICATION };
  await using one = createAdvisoryLocks(options);
  await using other = createAdvisoryLocks(options);
  const looks: Look[] = [];
  const each = Math.ceil(CYCLES / LOOKS);
  for (let n = 0; n < LOOKS; n++) {
    await cycles([one, other], n * each, each);
    const seen = await look(server, (n + 1) * each);
    looks.push(seen);
    if (n % 4 === 3) {
      const { connections, locks, heap } = seen;
      console.log(
        `${seen.cycles} cycles: ${connections} connections, ${locks} locks, ${mib(heap)}`,
      );
    }
  }
  // Until then code is compiled and tables find their size.
  const [warm, ...rest] = looks.slice(LOOKS / 4);
  const last = rest.at(-1);
  if (warm === undefined || last === undefined) return ['too few cycles'];
  return [
    ...looks.filter(({ locks }) => locks > 0).map((at) => `${at.locks} locks at ${at.cycles}`),
    ...rest
      .filter(({ connections }) => connections !== warm.connections)
      .map((at) => `${at.connections} connections at ${at.cycles}, ${warm.connections} before`),
    ...(last.heap > warm.heap * MOST_GROWTH
      ? [`the heap grew from ${mib(warm.heap)} to ${mib(last.heap)}`]
      : []),
  ];
});
for (const problem of problems) console.log(`FAILED: ${problem}`);
console.log(`${CYCLES} cycles: ${problems.length === 0 ? 'flat' : 'NOT flat'}`);
process.exitCode = problems.length === 0 ? 0 : 1;
