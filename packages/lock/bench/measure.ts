/** Times and what to make of them. */
import { performance } from 'node:perf_hooks';

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Milliseconds of each of `count` runs, one after the other. */
export async function timeEach(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Runs per second of `callers` that each run again and again for `ms`. */
export async function rate(
  callers: number,
  ms: number,
  run: (caller: number) => Promise<unknown>,
): Promise<number> {
  let runs = 0;
  let isOver = false;
  // Not the clock in each run: it takes as long as much of what is measured.
  setTimeout(() => (isOver = true), ms);
  const startedAt = performance.now();
  const loop = async (caller: number): Promise<void> => {
    while (!isOver) {
      await run(caller);
      runs++;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  return (runs * 1_000) / (performance.now() - startedAt);
}

/** Monotonic microseconds that all processes of this machine share. */
export const sharedClock = (): number => Number(process.hrtime.bigint() / 100n) / 10;
