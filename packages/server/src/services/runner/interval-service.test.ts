import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
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
  const times = { intervalMs: 500 };
  const made = intervalService({ name: 'test', times, clock, logger, tick, ...rest });
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

/** Rests end only when they are ended; the time stands still. */
function restingClock(): { clock: Clock; rests: number[] } {
  const rests: number[] = [];
  const clock: Clock = {
    now: () => 1_000_000,
    sleep(ms, signal) {
      if (ms === 0) return Promise.resolve();
      rests.push(ms);
      const ended = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => ended.resolve());
      return ended.promise;
    },
  };
  return { clock, rests };
}

describe('times that change while it runs', () => {
  const listeners = new Set<() => void>();
  const times = {
    intervalMs: 600_000,
    timeoutMs: 60_000,
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  test('end the rest under way, and count from the next round on', async () => {
    const { clock, rests } = restingClock();
    const rounds: AbortSignal[] = [];
    const tick = (signal: AbortSignal): Promise<void> => {
      rounds.push(signal);
      return rounds.length === 1 ? Promise.resolve() : new Promise(() => undefined);
    };
    const one = service(tick, clock, { times });
    void one.run();
    await vi.waitFor(() => expect(rests).toEqual([600_000]));
    Object.assign(times, { intervalMs: 2_000, timeoutMs: 5 });
    for (const listener of listeners) listener();
    await vi.waitFor(() => expect(rounds[1]?.aborted).toBe(true));
    await vi.waitFor(() => expect(rests).toEqual([600_000, 2_000]));
    expect(one.health()).toMatchObject({ timeouts: 1, late: false });
    await one.stop();
    await vi.waitFor(() => expect(listeners.size).toBe(0));
  });
});

describe('a round that hangs', () => {
  const hanging = (): { rounds: AbortSignal[]; tick: IntervalServiceOptions['tick'] } => {
    const rounds: AbortSignal[] = [];
    const tick = (signal: AbortSignal): Promise<void> => {
      rounds.push(signal);
      return new Promise(() => undefined);
    };
    return { rounds, tick };
  };

  test('is ended by its timeout, counted, and the next one begins', async () => {
    const { clock } = fastClock(100);
    const { rounds, tick } = hanging();
    const one = service(tick, clock, { times: { intervalMs: 500, timeoutMs: 10 } });
    void one.run();
    await vi.waitFor(() => expect(one.health().timeouts).toBeGreaterThanOrEqual(2));
    expect(rounds[0]?.aborted).toBe(true);
    expect(String(rounds[0]?.reason)).toContain('longer than 10 ms');
    expect(one.health().failures).toBeGreaterThanOrEqual(2);
    await one.stop();
  });

  test('does not pile up: after three that never end none is begun', async () => {
    const { clock, full } = fastClock(12);
    const { rounds, tick } = hanging();
    const one = service(tick, clock, { times: { intervalMs: 500, timeoutMs: 2 } });
    void one.run();
    await full;
    expect(rounds).toHaveLength(3);
    expect(one.health()).toMatchObject({ timeouts: 3, lastSuccessAt: null });
    await one.stop();
  });

  test('does not keep the process from stopping', async () => {
    const { clock } = fastClock(100);
    const entered = Promise.withResolvers<void>();
    const one = service(() => {
      entered.resolve();
      return new Promise(() => undefined);
    }, clock);
    void one.run();
    await entered.promise;
    const from = performance.now();
    await one.stop();
    expect(performance.now() - from).toBeLessThan(9_000);
    expect(one.lines.join('')).toContain('left behind');
  });
});

test('is late where it has not succeeded for several intervals', async () => {
  let now = 1_000;
  const { clock, full } = fastClock(3);
  let fails = false;
  const tick = (): Promise<void> => (fails ? Promise.reject(new Error('no')) : Promise.resolve());
  const one = service(tick, { ...clock, now: () => now }, { times: { intervalMs: 10_000 } });
  void one.run();
  await full;
  expect(one.health().late).toBe(false);
  fails = true;
  now += 49_000;
  expect(one.health().late).toBe(false);
  now += 2_000;
  expect(one.health().late).toBe(true);
  await one.stop();
});
