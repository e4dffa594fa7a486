/**
 * One exclusive request that travels alone, as most do, has statements of its own: few columns and no
 * arrays, which is less work at both ends.
 */
import type { LockKey } from '../keys.ts';
import { readRelease, readTry } from './mixed-batch.ts';
import type { AcquireOp, Batch, ReleaseOp, ReleaseRow, TryResult } from './operations.ts';
import { wanted } from './statements.ts';
import type { Statement } from './text-statement.ts';

export interface OneKeyStatements {
  readonly pair: Statement;
  readonly wide: Statement;
}

const PAIR = '$1::int4, $2::int4';
const WIDE = '$1::int8';

/** Rows: [token or null, pid]. */
export function acquireOneStatements(quotedSequence: string): OneKeyStatements {
  const text = (key: string): string =>
    `select case when pg_try_advisory_lock(${key})` +
    ` then nextval('${quotedSequence}'::regclass) end, pg_backend_pid()`;
  return {
    pair: { name: 'advisory_lock_acquire_pair', text: text(PAIR) },
    wide: { name: 'advisory_lock_acquire_wide', text: text(WIDE) },
  };
}

/** Rows: [unlocked, hidden or null, wanted, pid]. Who waits is notified. */
function releaseOneStatement(form: keyof OneKeyStatements, hide: boolean): Statement {
  const [key, interest] = form === 'pair' ? [PAIR, '$3::int8'] : [WIDE, '$2::int8'];
  const hidden = hide ? `pg_advisory_unlock_shared(${interest})` : 'null';
  return {
    name: `advisory_lock_release_${form}${hide ? '_hide' : ''}`,
    text: `select pg_advisory_unlock(${key}), ${hidden}, ${wanted(interest, true)}, pg_backend_pid()`,
  };
}

const RELEASE: OneKeyStatements = {
  pair: releaseOneStatement('pair', false),
  wide: releaseOneStatement('wide', false),
};
const RELEASE_AND_HIDE: OneKeyStatements = {
  pair: releaseOneStatement('pair', true),
  wide: releaseOneStatement('wide', true),
};

/** Null where it is not a plain exclusive request. */
export function oneAcquire(
  statements: OneKeyStatements,
  { key, ask }: AcquireOp,
): Batch<TryResult> | null {
  if (ask.mode !== 'exclusive' || ask.showInterest || ask.showIntent) return null;
  return {
    statement: statements[formOf(key)],
    values: numbersOf(key),
    read: ([row]) => (row === undefined ? [] : [readTry(null, row[0])]),
  };
}

/** Null where it is not a plain exclusive release. */
export function oneRelease({ key, ask }: ReleaseOp): Batch<ReleaseRow> | null {
  if (ask.unlock !== 'exclusive' || ask.hideIntent) return null;
  return {
    statement: (ask.hideInterest ? RELEASE_AND_HIDE : RELEASE)[formOf(key)],
    values: [...numbersOf(key), key.interestText],
    read: ([row]) => {
      if (row === undefined) return [];
      const [unlocked = null, hidden = null, isWanted = null] = row;
      return [readRelease([unlocked, hidden, null, isWanted], true)];
    },
  };
}

function formOf(key: LockKey): keyof OneKeyStatements {
  return key.wide === null ? 'pair' : 'wide';
}

function numbersOf(key: LockKey): string[] {
  return key.wide === null ? [String(key.namespace), String(key.id)] : [String(key.wideText)];
}
