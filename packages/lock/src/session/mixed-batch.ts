/** Requests of any kind in one statement, with a row for each. */
import {
  column,
  DEFERRED,
  KIND,
  keyColumns,
  kindOf,
  REFUSED_WITH_INTENT,
  RELEASE_AND_NOTIFY_STATEMENT,
  RELEASE_STATEMENT,
} from './statements.ts';
import type { AcquireOp, Batch, ReleaseOp, ReleaseRow, TryResult } from './operations.ts';
import type { Statement, TextRow } from './text-statement.ts';

export function mixedAcquire(statement: Statement, ops: readonly AcquireOp[]): Batch<TryResult> {
  return {
    statement,
    values: acquireColumns(ops),
    read: (rows) => inOrder(rows, ([, shown, answer]) => readTry(shown, answer)),
  };
}

/** One that travels alone notifies by itself. */
export function mixedRelease(ops: readonly ReleaseOp[]): Batch<ReleaseRow> {
  const alone = ops.length === 1;
  return {
    statement: alone ? RELEASE_AND_NOTIFY_STATEMENT : RELEASE_STATEMENT,
    values: releaseColumns(ops),
    read: (rows) => inOrder(rows, (row) => readRelease(row.slice(1), alone)),
  };
}

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

export function readTry(shown: string | null = null, answer: string | null = null): TryResult {
  const number = answer === null ? null : BigInt(answer);
  const granted = number !== null && number > DEFERRED;
  return {
    token: granted ? number : null,
    shown: shown === 't',
    intended: number === REFUSED_WITH_INTENT,
  };
}

/** The parameters of the release statement. */
function releaseColumns(ops: readonly ReleaseOp[]): string[] {
  return [
    ...keyColumns(ops.map((op) => op.key)),
    column(ops, ({ ask }) => (ask.unlock === null ? KIND.none : kindOf(ask.unlock))),
    column(ops, ({ ask }) => ask.hideInterest),
    column(ops, ({ ask }) => ask.hideIntent),
    // Shared requests may stand back for an intent that goes away now.
    column(ops, ({ ask }) => ask.unlock !== null || ask.hideIntent),
  ];
}

/** Columns: unlocked, hidden, intent hidden, wanted. */
export function readRelease(
  [unlocked, hidden, intentHidden, wanted]: TextRow,
  announced: boolean,
): ReleaseRow {
  return {
    unlocked: unlocked !== 'f',
    wanted: wanted === 't',
    announced,
    doubt: unlocked === 'f' || hidden === 'f' || intentHidden === 'f',
  };
}

/** Rows begin with their position, from 1. */
function inOrder<Result>(rows: readonly TextRow[], read: (row: TextRow) => Result): Result[] {
  const results: Result[] = [];
  for (const row of rows) results[Number(row[0]) - 1] = read(row);
  return results;
}
