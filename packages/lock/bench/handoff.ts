/** From the call of release in one process to the grant in another one. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { lockKind } from './kinds.ts';
import { sharedClock } from './measure.ts';

/** Microseconds of each hand-over. The waiter has been waiting for `waitMs` each time. */
export async function handoffTimes(
  kind: string,
  url: string,
  peers: string,
  rounds: number,
  waitMs: number,
): Promise<number[]> {
  const program = fileURLToPath(new URL('./handoff-process.ts', import.meta.url));
  const other = fork(program, [kind, url, peers]);
  const next = (): Promise<unknown> => new Promise((resolve) => other.once('message', resolve));
  await next();
  const lock = await lockKind(kind, url, peers);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const release = await lock.acquire('handoff');
    other.send('take');
    // Until the other process waits for the lock; peers do not tell when they do.
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const heard = next();
    const releasedAt = sharedClock();
    void release();
    const { at } = (await heard) as { at: number };
    times.push(at - releasedAt);
  }
  const gone = new Promise((resolve) => other.once('exit', resolve));
  other.send('end');
  await Promise.all([gone, lock.close()]);
  return times.slice(Math.min(20, rounds / 4));
}

/** Microseconds of `select 1` on an open connection, each after a pause. */
export async function roundTrips(url: string, count: number, pauseMs: number): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    // The pause is what is measured: after it caches are cold and the core sleeps.
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const startedAt = sharedClock();
    await client.query('select 1');
    times.push(sharedClock() - startedAt);
  }
  await client.end();
  return times.slice(20);
}
