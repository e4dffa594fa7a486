/** Which requests travel together, and in which statement. */
import { mixedAcquire, mixedRelease } from './mixed-batch.ts';
import { acquireOneStatements, oneAcquire, oneRelease } from './one-key.ts';
import type { AcquireOp, Batch, ReleaseOp, ReleaseRow, TryResult } from './operations.ts';
import {
  acquirePlainStatements,
  plainAcquire,
  plainAcquireForm,
  plainRelease,
  plainReleaseForm,
} from './plain-batch.ts';
import { acquireStatement, claimStatement } from './statements.ts';

/** Requests in one statement: more would keep the heartbeat waiting. */
const MOST = 512;

/** The statements that give tokens, for one sequence. */
export function acquireStatements(quotedSequence: string) {
  return {
    mixed: acquireStatement(quotedSequence),
    one: acquireOneStatements(quotedSequence),
    plain: acquirePlainStatements(quotedSequence),
    claim: claimStatement(quotedSequence),
  };
}

export type AcquireStatements = ReturnType<typeof acquireStatements>;

export function acquireBatch(
  statements: AcquireStatements,
  ops: readonly AcquireOp[],
): Batch<TryResult> {
  const [first] = ops;
  const one = first !== undefined && ops.length === 1 ? oneAcquire(statements.one, first) : null;
  if (one !== null) return one;
  const form = first === undefined ? null : plainAcquireForm(first);
  return form === null
    ? mixedAcquire(statements.mixed, ops)
    : plainAcquire(statements.plain, form, ops);
}

export function releaseBatch(ops: readonly ReleaseOp[]): Batch<ReleaseRow> {
  const [first] = ops;
  const one = first !== undefined && ops.length === 1 ? oneRelease(first) : null;
  if (one !== null) return one;
  const form = first === undefined ? null : plainReleaseForm(first);
  return form === null ? mixedRelease(ops) : plainRelease(form, ops);
}

/** Take the first of a queue and all that fit into one statement with it; the others stay. */
export const takeAcquires = (queue: AcquireOp[]): AcquireOp[] => takeAlike(queue, plainAcquireForm);
export const takeReleases = (queue: ReleaseOp[]): ReleaseOp[] => takeAlike(queue, plainReleaseForm);

function takeAlike<Op>(queue: Op[], formOf: (op: Op) => string | null): Op[] {
  const [first] = queue;
  if (first === undefined) return [];
  const form = formOf(first);
  const taken: Op[] = [];
  const rest: Op[] = [];
  for (const op of queue) (taken.length < MOST && formOf(op) === form ? taken : rest).push(op);
  queue.length = 0;
  queue.push(...rest);
  return taken;
}
