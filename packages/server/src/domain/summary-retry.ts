/** What follows from a call of a model that gave nothing. Pure; milliseconds. */

export const CALL_FAILURES = [
  /** 429: not now. */
  'rate-limited',
  /** 5xx. */
  'server-error',
  /** No answer in time. */
  'timeout',
  /** Not reached, or the connection broke. */
  'network',
  /** The answer broke off. */
  'truncated',
  /** An answer, and not the one that was asked for. */
  'nonsense',
  /** Key, address or model are wrong: no call will do until a person has changed that. */
  'misconfigured',
  /** This request will not be taken, now or later. */
  'refused',
  /** The process stopped. */
  'cancelled',
] as const;
export type CallFailure = (typeof CALL_FAILURES)[number];

export interface FailedCall {
  failure: CallFailure;
  /** What the provider asks for, where it does. */
  retryAfterMs: number | null;
  /** Calls so far, with this one. */
  attempts: number;
  /** How the call before this one failed. */
  before: string | null;
}

export type NextStep =
  /** `counts`: whether this was one of the tries. */
  { kind: 'retry'; afterMs: number; counts: boolean; pausesProvider: boolean } | { kind: 'fail' };

export const MOST_ATTEMPTS = 5;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Where 429 says nothing more. */
const RATE_LIMIT_MS = 30_000;
const LONGEST_RATE_LIMIT_MS = 24 * 3_600_000;
const MISCONFIGURED_MS = 300_000;

/** `random` between 0 and 1: callers that failed together do not come back together. */
export function nextStep(call: FailedCall, random: number): NextStep {
  const { failure, retryAfterMs, attempts, before } = call;
  switch (failure) {
    case 'rate-limited': {
      const wait = Math.min(retryAfterMs ?? RATE_LIMIT_MS, LONGEST_RATE_LIMIT_MS);
      // Never earlier than asked; a little later, and not all at once.
      const afterMs = Math.ceil(wait + Math.min(wait * 0.1, FIRST_MS) * random);
      return { kind: 'retry', afterMs, counts: false, pausesProvider: true };
    }
    case 'misconfigured':
      return { kind: 'retry', afterMs: MISCONFIGURED_MS, counts: false, pausesProvider: true };
    case 'cancelled':
      return { kind: 'retry', afterMs: 0, counts: false, pausesProvider: false };
    case 'refused':
      return { kind: 'fail' };
    case 'nonsense':
      return before === 'nonsense' || attempts >= MOST_ATTEMPTS
        ? { kind: 'fail' }
        : { kind: 'retry', afterMs: 0, counts: true, pausesProvider: false };
    default: {
      if (attempts >= MOST_ATTEMPTS) return { kind: 'fail' };
      const pause = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS);
      const wait = Math.max(pause, retryAfterMs ?? 0);
      const afterMs = Math.ceil(wait * (0.75 + random / 2));
      return { kind: 'retry', afterMs, counts: true, pausesProvider: false };
    }
  }
}
