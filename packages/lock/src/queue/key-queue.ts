import type { LockKey } from '../keys.ts';
import type { Session } from '../session/session.ts';
import type { OwnedLock } from './held-lock.ts';
import type { LockRequest } from './request.ts';

/**
 * What goes on with one key in this process.
 *
 *   free ──► trying ──granted──► held ──► releasing ──► free
 *              │ ▲                 └──(hand-over: held by the next, no statement)
 *      refused ▼ │ woken by a notification, the slow re-check, or a lost session
 *             remote
 */
export type Phase = 'free' | 'trying' | 'remote' | 'held' | 'releasing';

/** One hold of the server's lock, which may pass through several holders of this process. */
export interface Hold {
  readonly session: Session;
  /** Token from the sequence; hand-over number n has this plus n. */
  readonly baseToken: bigint;
  readonly since: number;
  handOvers: number;
}

export interface KeyQueue {
  readonly key: LockKey;
  /** Callers that wait, first come first; those that gave up are taken out at once. */
  readonly requests: LockRequest[];
  phase: Phase;
  hold: Hold | null;
  holder: OwnedLock | null;
  /** Session on which our interest is shown, or null. */
  interestOn: Session | null;
  /** Someone else had the key lately: show interest with the first try. */
  contended: boolean;
  /** A release was announced while our try was under way, so its refusal may be out of date. */
  signalled: boolean;
  /** Running while this process stands back for another one. */
  yieldTimer: NodeJS.Timeout | null;
  /** Failed statements in a row. */
  failures: number;
}

export function newKeyQueue(key: LockKey): KeyQueue {
  return {
    key,
    requests: [],
    phase: 'free',
    hold: null,
    holder: null,
    interestOn: null,
    contended: false,
    signalled: false,
    yieldTimer: null,
    failures: 0,
  };
}

/** Nothing left to remember. */
export function isIdle(queue: KeyQueue): boolean {
  return (
    queue.phase === 'free' &&
    queue.requests.length === 0 &&
    queue.interestOn === null &&
    queue.yieldTimer === null
  );
}
