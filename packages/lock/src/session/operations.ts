/** The operations of a lock session: what they ask, as columns of a batch, and what comes back. */
import type { LockKey, LockMode } from '../keys.ts';
import { DEFERRED, KIND, keyColumns, kindOf, REFUSED_WITH_INTENT } from './statements.ts';

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
export function acquireColumns(ops: readonly AcquireOp[]): unknown[] {
  return [
    ...keyColumns(ops.map((op) => op.key)),
    ops.map(({ ask }) => (ask.mode === 'look' ? KIND.none : kindOf(ask.mode))),
    ops.map(({ ask }) => ask.showInterest),
    ops.map(({ ask }) => ask.defer),
    ops.map(({ ask }) => ask.showIntent),
  ];
}

export function readTry([, shown, answer]: readonly unknown[]): TryResult {
  const number = answer === null ? null : BigInt(String(answer));
  const granted = number !== null && number > DEFERRED;
  return {
    token: granted ? number : null,
    shown: shown === true,
    intended: number === REFUSED_WITH_INTENT,
  };
}

/** The parameters of the release statement. */
export function releaseColumns(ops: readonly ReleaseOp[]): unknown[] {
  return [
    ...keyColumns(ops.map((op) => op.key)),
    ops.map(({ ask }) => (ask.unlock === null ? KIND.none : kindOf(ask.unlock))),
    ops.map(({ ask }) => ask.hideInterest),
    ops.map(({ ask }) => ask.hideIntent),
    // Shared requests may stand back for an intent that goes away now.
    ops.map(({ ask }) => ask.unlock !== null || ask.hideIntent),
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

/** Namespace and id when the batch is one plain operation on a two-integer key. */
export function plainPair<Ask>(
  ops: readonly { readonly key: LockKey; readonly ask: Ask }[],
  isPlain: (ask: Ask) => boolean,
): unknown[] | null {
  const [op] = ops;
  if (ops.length !== 1 || op === undefined || op.key.wide !== null || !isPlain(op.ask)) return null;
  return [op.key.namespace, op.key.id];
}
