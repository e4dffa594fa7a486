import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Clock } from '../../platform/clock.ts';
import { intervalService, type IntervalServiceOptions } from './interval-service.ts';

/** A clock on which every sleep is recorded and ends at once, until `limit` sleeps. */
function fastClock(limit: number): { clock: Clock; sleeps: number[]; full: Promise<void> } {
  const sleeps: number[] = [];
  const full = Promise.withResolvers<void>();
  const clock: Clock = {
    now: () => 1_000,
    sleep(ms, signal) {
      sleeps.push(ms);
      if (sleeps.length < limit) return Promise.resolve();
      full.resolve();
      const stopped = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => stopped.resolve());
      return stopped.promise;
    },
  };
  return { clock, sleeps, full: full.promise };
}

function service(
  tick: IntervalServiceOptions['tick'],
  clock: Clock,
  rest: Partial<IntervalServiceOptions> = {},
) {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const made = intervalService({ name: 'test', intervalMs: 500, clock, logger, tick, ...rest });
  return { ...made, lines };
}

test('rests between rounds, and is healthy after the first', async () => {
  const { clock, sleeps, full } = fastClock(4);
  let rounds = 0;
  const one = service(() => Promise.resolve(void rounds++), clock, { firstDelayMs: 7 });
  expect(one.health()).toMatchObject({ lastSuccessAt: null, failures: 0, late: false });
  void one.run();
  await full;
  expect(sleeps).toEqual([7, 500, 500, 500]);
  expect(rounds).toBe(3);
  expect(one.health()).toMatchObject({
    name: 'test',
    role: 'active',
    lastSuccessAt: 1_000,
    failures: 0,
  });
  await one.stop();
  expect(rounds).toBe(3);
});

test('waits longer after each failure, up to a limit, and is back to normal after a success', async () => {
  const { clock, sleeps, full } = fastClock(8);
  let rounds = 0;
  const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
  const tick = (): Promise<void> => (++rounds <= 5 ? Promise.reject(down) : Promise.resolve());
  const one = service(tick, clock, { longestRetryMs: 3_000 });
  void one.run();
  await full;
  expect(sleeps).toEqual([0, 500, 1_000, 2_000, 3_000, 3_000, 500, 500]);
  await one.stop();
  const levels = one.lines.map((line) => (JSON.parse(line) as { level: number }).level);
  // One warning, then quiet, then the good news.
  expect(levels).toEqual([40, 20, 20, 20, 20, 30]);
});

test('a mistake of ours is an error each time', async () => {
  const { clock, full } = fastClock(3);
  const one = service(() => Promise.reject(new TypeError('x is not a function')), clock);
  void one.run();
  await full;
  expect(one.health().failures).toBe(2);
  expect(one.lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([50, 50]);
  await one.stop();
});

test('stop waits for the present round, which is told of it', async () => {
  const { clock } = fastClock(100);
  const entered = Promise.withResolvers<AbortSignal>();
  const leave = Promise.withResolvers<void>();
  const one = service((signal) => {
    entered.resolve(signal);
    return leave.promise;
  }, clock);
  void one.run();
  const signal = await entered.promise;
  let stopped = false;
  const stopping = one.stop().then(() => (stopped = true));
  expect(signal.aborted).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  leave.resolve();
  await stopping;
});

test('a service that never ran can be stopped', async () => {
  const { clock } = fastClock(1);
  const one = service(() => Promise.resolve(), clock);
  await one.stop();
});
