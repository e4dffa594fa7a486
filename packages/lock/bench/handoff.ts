/**
 * From the call of release in one process to the grant in another one, and beside each the time of a
 * `select 1` on an open connection. Both come after a pause of the same length and take turns: what
 * a wake-up costs changes from second to second, as caches are cold and cores sleep.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { lockKind } from './kinds.ts';
import { sharedClock } from './measure.ts';

/** Microseconds, one of each for every round. */
export interface HandoffTimes {
  readonly handoffs: readonly number[];
  readonly roundTrips: readonly number[];
}

/** The waiter has been waiting for `waitMs` each time. */
export async function handoffTimes(
  kind: string,
  url: string,
  peers: string,
  rounds: number,
  waitMs: number,
): Promise<HandoffTimes> {
  const program = fileURLToPath(new URL('./handoff-process.ts', import.meta.url));
  const other = fork(program, [kind, url, peers]);
  await once(other, 'message');
  const lock = await lockKind(kind, url, peers);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const handoffs: number[] = [];
  const roundTrips: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const release = await lock.acquire('handoff');
    other.send('take');
    // Until the other process waits for the lock; peers do not tell when they do.
    await pause(waitMs);
    const heard = once(other, 'message');
    const releasedAt = sharedClock();
    void release();
    const [{ at }] = (await heard) as [{ at: number }];
    handoffs.push(at - releasedAt);
    await pause(waitMs);
    const sentAt = sharedClock();
    await client.query('select 1');
    roundTrips.push(sharedClock() - sentAt);
  }
  const gone = once(other, 'exit');
  other.send('end');
  await Promise.all([gone, lock.close(), client.end()]);
  const warmUp = Math.min(20, rounds / 4);
  return { handoffs: handoffs.slice(warmUp), roundTrips: roundTrips.slice(warmUp) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
