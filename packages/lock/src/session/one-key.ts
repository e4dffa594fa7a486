/**
 * One exclusive request that travels alone, as most do, has statements of its own: few columns and no
 * arrays, which is less work at both ends.
 */
import type { LockKey } from '../keys.ts';
import type { AcquireOp, ReleaseOp } from './operations.ts';
import { wanted } from './statements.ts';

export interface OneKeyStatement {
  readonly text: string;
  readonly name: string;
  readonly values: readonly unknown[];
}

const PAIR = '$1::int4, $2::int4';
const WIDE = '$1::int8';

/** Rows: [token or null, pid]. */
export function acquireOneStatements(quotedSequence: string) {
  const text = (key: string): string =>
    `select case when pg_try_advisory_lock(${key})` +
    ` then nextval('${quotedSequence}'::regclass) end, pg_backend_pid()`;
  return { pair: text(PAIR), wide: text(WIDE) };
}

/** Rows: [unlocked, hidden or null, wanted, pid]. Who waits is notified. */
function releaseOneText(key: string, interest: string, hide: boolean): string {
  const hidden = hide ? `pg_advisory_unlock_shared(${interest})` : 'null';
  return `select pg_advisory_unlock(${key}), ${hidden}, ${wanted(interest, true)}, pg_backend_pid()`;
}

const RELEASE = {
  pair: releaseOneText(PAIR, '$3::int8', false),
  pair_hide: releaseOneText(PAIR, '$3::int8', true),
  wide: releaseOneText(WIDE, '$2::int8', false),
  wide_hide: releaseOneText(WIDE, '$2::int8', true),
};

/** Null where the batch is not one plain exclusive request. */
export function acquireOne(
  texts: ReturnType<typeof acquireOneStatements>,
  ops: readonly AcquireOp[],
): OneKeyStatement | null {
  const [op] = ops;
  if (op === undefined || ops.length > 1) return null;
  const { mode, showInterest, showIntent } = op.ask;
  if (mode !== 'exclusive' || showInterest || showIntent) return null;
  return op.key.wide === null
    ? { text: texts.pair, name: 'advisory_lock_acquire_pair', values: numbersOf(op.key) }
    : { text: texts.wide, name: 'advisory_lock_acquire_wide', values: numbersOf(op.key) };
}

/** Null where the batch is not one plain exclusive release. */
export function releaseOne(ops: readonly ReleaseOp[]): OneKeyStatement | null {
  const [op] = ops;
  if (op === undefined || ops.length > 1) return null;
  const { unlock, hideInterest, hideIntent } = op.ask;
  if (unlock !== 'exclusive' || hideIntent) return null;
  const values = [...numbersOf(op.key), String(op.key.interest)];
  const form = op.key.wide === null ? 'pair' : 'wide';
  const which = hideInterest ? (`${form}_hide` as const) : form;
  return { text: RELEASE[which], name: `advisory_lock_release_${which}`, values };
}

function numbersOf(key: LockKey): unknown[] {
  return key.wide === null ? [key.namespace, key.id] : [String(key.wide)];
}
