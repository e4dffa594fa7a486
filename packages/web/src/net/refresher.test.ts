import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refresher } from './refresher.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const GAP = 1000;

test('many wishes make one load now and one after the gap', async () => {
  const load = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const refresher = new Refresher(load, GAP);
  for (let i = 0; i < 5; i += 1) refresher.request();
  await vi.advanceTimersByTimeAsync(0);
  expect(load).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 5; i += 1) refresher.request();
  await vi.advanceTimersByTimeAsync(GAP - 1);
  expect(load).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(load).toHaveBeenCalledTimes(2);
});

test('a slow load under constant wishes is not cut short, and another follows it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const load = vi.fn<() => Promise<void>>(() => promise);
  const refresher = new Refresher(load, GAP);
  for (let i = 0; i < 100; i += 1) {
    refresher.request();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(load).toHaveBeenCalledTimes(1);
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(load).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5 * GAP);
  expect(load).toHaveBeenCalledTimes(2);
});

test('nothing runs after the stop', async () => {
  const load = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const refresher = new Refresher(load, GAP);
  refresher.request();
  refresher.stop();
  refresher.request();
  await vi.advanceTimersByTimeAsync(5000);
  expect(load).not.toHaveBeenCalled();
});
