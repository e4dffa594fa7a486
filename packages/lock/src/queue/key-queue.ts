import type { LockKey, LockMode } from '../keys.ts';
import type { Timer } from '../runtime.ts';
import type { Session } from '../session/session.ts';
import type { OwnedLock } from './held-lock.ts';
import type { LockRequest } from './request.ts';

/**
 * One hold of the server's lock. An exclusive one passes through several holders of this process,
 * one at a time; a shared one is joined by several.
 */
export interface Hold {
  /** The key of the queue, or the slot of a semaphore. */
  readonly key: LockKey;
  readonly mode: LockMode;
  readonly session: Session;
  /** Token from the sequence; hand-over or join number n has this plus n. */
  baseToken: bigint;
  /** When the server was last asked whether somebody waits. */
  since: number;
  handOvers: number;
  readonly holders: Set<OwnedLock>;
}

/**
 * What goes on with one key in this process.
 *
 *          ┌──────────── room ◄──────────────────────────────┐
 *          ▼                                                 │
 *   free ──► asking ──granted──► held ──last holder──► releasing ──► free
 *              │ ▲                 └──(hand-over or join: no statement)
 *      refused ▼ │ woken by a notification, the slow re-check, or a lost session
 *             remote
 */
export interface KeyQueue {
  readonly key: LockKey;
  /** Keys of a semaphore's slots, or null for a plain lock. */
  readonly slots: readonly LockKey[] | null;
  /** Callers that wait, first come first; those that gave up are taken out at once. */
  readonly requests: LockRequest[];
  readonly holds: Set<Hold>;
  /** A statement that asks for the lock is under way. */
  asking: boolean;
  /** Release statements under way. */
  releasing: number;
  /** Refused; waits to be woken. */
  remote: boolean;
  /** Session on which our interest is shown, or null. */
  interestOn: Session | null;
  /** Session on which the intent of an exclusive request is shown, or null. */
  intentOn: Session | null;
  /** Someone else had the key lately: show interest with the first try. */
  contended: boolean;
  /** A release was announced while our try was under way, so its refusal may be out of date. */
  signalled: boolean;
  /** A release was announced before the next try: the key is probably free, and a plain try will do. */
  announced: boolean;
  /** Running while this process stands back for another one. */
  yieldTimer: Timer | null;
  /** Failed statements in a row. */
  failures: number;
}

export function newKeyQueue(key: LockKey, slots: readonly LockKey[] | null): KeyQueue {
  return {
    key,
    slots,
    requests: [],
    holds: new Set(),
    asking: false,
    releasing: 0,
    remote: false,
    interestOn: null,
    intentOn: null,
    contended: false,
    signalled: false,
    announced: false,
    yieldTimer: null,
    failures: 0,
  };
}

/** Nothing left to remember. */
export function isIdle(queue: KeyQueue): boolean {
  return (
    queue.requests.length === 0 &&
    queue.holds.size === 0 &&
    !queue.asking &&
    queue.releasing === 0 &&
    queue.interestOn === null &&
    queue.intentOn === null &&
    queue.yieldTimer === null
  );
}

/** Whether one more hold fits, not counting the release statements that are under way. */
export function isTaken(queue: KeyQueue): boolean {
  return queue.holds.size >= (queue.slots?.length ?? 1);
}

/** The hold that shared requests may join. */
export function sharedHold(queue: KeyQueue): Hold | null {
  for (const hold of queue.holds) if (hold.mode === 'shared') return hold;
  return null;
}

/** Everyone of this process who holds the key now. */
export function holdersOf(queue: KeyQueue): OwnedLock[] {
  return [...queue.holds].flatMap((hold) => [...hold.holders]);
}
