import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refresher } from './refresher.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const GAP = 1000;

test('many wishes make one load now and one after the gap', async () => {
  const load = vi.fn(() => Promise.resolve());
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

test('a slow load under constant wishes finishes, and is followed by another', async () => {
  let finished = 0;
  const refresher = new Refresher(async () => {
    // oxlint-disable-next-line no-restricted-globals -- of the fake clock
    await new Promise((resolve) => setTimeout(resolve, 3000));
    finished += 1;
  }, GAP);
  const busy = setInterval(() => refresher.request(), 50);
  await vi.advanceTimersByTimeAsync(10_000);
  clearInterval(busy);
  expect(finished).toBe(3);
});

test('nothing runs after the stop', async () => {
  const load = vi.fn(() => Promise.resolve());
  const refresher = new Refresher(load, GAP);
  refresher.request();
  refresher.stop();
  refresher.request();
  await vi.advanceTimersByTimeAsync(5000);
  expect(load).not.toHaveBeenCalled();
});
