/** The operations of a lock session: what they ask, as columns of a batch, and what comes back. */
import type { LockKey, LockMode } from '../keys.ts';
import { column, DEFERRED, KIND, keyColumns, kindOf, REFUSED_WITH_INTENT } from './statements.ts';

/** What a try asks. */
export interface TryAsk {
  /** `look` takes nothing: it asks whether a shared request may pass. */
  readonly mode: LockMode | 'look';
  /** Take the shared lock that shows interest, before the try. */
  readonly showInterest: boolean;
  /** For shared requests and looks: stand back for an exclusive request that waits elsewhere. */
  readonly defer: boolean;
  /** For exclusive requests: when shared holders refuse, show the intent. */
  readonly showIntent: boolean;
}

/** Answer to a try. `token` is null when the key was not given. */
export interface TryResult {
  readonly token: bigint | null;
  /** Whether the shared interest lock was taken (asked for, and not briefly blocked). */
  readonly shown: boolean;
  /** Whether the shared intent lock was taken. */
  readonly intended: boolean;
}

/** Answer to a claim: which of the keys was taken, or null. */
export interface ClaimResult {
  readonly key: LockKey | null;
  readonly token: bigint | null;
  readonly shown: boolean;
}

/** What a release asks. */
export interface ReleaseAsk {
  /** Null only hides interest or intent. */
  readonly unlock: LockMode | null;
  readonly hideInterest: boolean;
  readonly hideIntent: boolean;
}

/** Answer to a release. */
export interface ReleaseResult {
  /** False when the server says that we did not hold the lock. */
  readonly unlocked: boolean;
  /** Another session shows interest in the key. */
  readonly wanted: boolean;
  /** It was notified already. */
  readonly announced: boolean;
}

interface Pending<Result> {
  readonly key: LockKey;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}
export interface AcquireOp extends Pending<TryResult> {
  readonly type: 'acquire';
  readonly ask: TryAsk;
}
export interface ReleaseOp extends Pending<ReleaseResult> {
  readonly type: 'release';
  readonly ask: ReleaseAsk;
}
export interface ClaimOp extends Pending<ClaimResult> {
  readonly type: 'claim';
  /** 64-bit keys, best first. */
  readonly candidates: readonly LockKey[];
  readonly showInterest: boolean;
}
export type Operation = AcquireOp | ReleaseOp | ClaimOp;

/** The parameters of the acquire statement. */
export function acquireColumns(ops: readonly AcquireOp[]): string[] {
  return [
    ...keyColumns(ops.map((op) => op.key)),
    column(ops, ({ ask }) => (ask.mode === 'look' ? KIND.none : kindOf(ask.mode))),
    column(ops, ({ ask }) => ask.showInterest),
    column(ops, ({ ask }) => ask.defer),
    column(ops, ({ ask }) => ask.showIntent),
  ];
}

export function readTry(shown: unknown, answer: unknown): TryResult {
  const number = answer === null ? null : BigInt(String(answer));
  const granted = number !== null && number > DEFERRED;
  return {
    token: granted ? number : null,
    shown: shown === true,
    intended: number === REFUSED_WITH_INTENT,
  };
}

/** The parameters of the release statement. */
export function releaseColumns(ops: readonly ReleaseOp[]): string[] {
  return [
    ...keyColumns(ops.map((op) => op.key)),
    column(ops, ({ ask }) => (ask.unlock === null ? KIND.none : kindOf(ask.unlock))),
    column(ops, ({ ask }) => ask.hideInterest),
    column(ops, ({ ask }) => ask.hideIntent),
    // Shared requests may stand back for an intent that goes away now.
    column(ops, ({ ask }) => ask.unlock !== null || ask.hideIntent),
  ];
}

export interface ReleaseRow extends ReleaseResult {
  /** The server did not have what we gave back: our book is wrong. */
  readonly doubt: boolean;
}

export function readRelease(row: readonly unknown[], announced: boolean): ReleaseRow {
  const [, unlocked, hidden, intentHidden, wanted] = row;
  return {
    unlocked: unlocked !== false,
    wanted: wanted === true,
    announced,
    doubt: unlocked === false || hidden === false || intentHidden === false,
  };
}
