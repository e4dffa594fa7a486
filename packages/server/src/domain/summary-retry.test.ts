import { expect, test } from 'vitest';
import {
  CALL_FAILURES,
  type CallFailure,
  type FailedCall,
  MOST_ATTEMPTS,
  nextStep,
} from './summary-retry.ts';

const call = (failure: CallFailure, rest: Partial<FailedCall> = {}): FailedCall => ({
  failure,
  retryAfterMs: null,
  attempts: 1,
  before: null,
  ...rest,
});

test('429 waits as long as the provider says, never less, and is not one of the tries', () => {
  const step = nextStep(call('rate-limited', { retryAfterMs: 7_000, attempts: 99 }), 0);
  expect(step).toEqual({ kind: 'retry', afterMs: 7_000, counts: false, pausesProvider: true });
  expect(nextStep(call('rate-limited', { retryAfterMs: 7_000 }), 1)).toMatchObject({
    afterMs: 7_700,
  });
});

test.each(['server-error', 'timeout', 'network', 'truncated'] as const)(
  '%s: longer and longer pauses, then failed',
  (failure) => {
    const pauses = [1, 2, 3, 4].map((attempts) => nextStep(call(failure, { attempts }), 0.5));
    expect(pauses.map((step) => step.kind === 'retry' && step.afterMs)).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ]);
    expect(nextStep(call(failure, { attempts: MOST_ATTEMPTS }), 0.5)).toEqual({ kind: 'fail' });
  },
);

test('jitter: callers that fail together come back apart', () => {
  const at = (random: number) => nextStep(call('server-error'), random);
  expect(at(0)).toMatchObject({ afterMs: 750 });
  expect(at(1)).toMatchObject({ afterMs: 1_250 });
});

test('nonsense: one more try', () => {
  expect(nextStep(call('nonsense'), 0)).toMatchObject({ kind: 'retry', afterMs: 0 });
  expect(nextStep(call('nonsense', { attempts: 2, before: 'nonsense' }), 0)).toEqual({
    kind: 'fail',
  });
  expect(nextStep(call('nonsense', { attempts: 2, before: 'timeout' }), 0)).toMatchObject({
    kind: 'retry',
  });
});

test('what is set up wrongly waits for a person; what is refused has failed', () => {
  expect(nextStep(call('misconfigured', { attempts: 50 }), 0)).toMatchObject({
    counts: false,
    pausesProvider: true,
  });
  expect(nextStep(call('refused'), 0)).toEqual({ kind: 'fail' });
});

test('every failure ends, or does not count', () => {
  for (const failure of CALL_FAILURES) {
    const step = nextStep(call(failure, { attempts: MOST_ATTEMPTS, before: failure }), 0.5);
    expect(step.kind === 'fail' || !step.counts).toBe(true);
  }
});
