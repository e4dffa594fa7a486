/** The operations of a lock session: what they ask and what comes back. */
import type { LockKey, LockMode } from '../keys.ts';
import type { Statement, TextRow } from './text-statement.ts';

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

/** One statement for several operations, and how its answer is read. */
export interface Batch<Result> {
  readonly statement: Statement;
  readonly values: readonly string[];
  /** Results in the order of the operations. */
  readonly read: (rows: readonly TextRow[]) => readonly Result[];
}

/** The answer to a release as a session sees it. */
export interface ReleaseRow extends ReleaseResult {
  /** The server did not have what we gave back: our book is wrong. */
  readonly doubt: boolean;
}
