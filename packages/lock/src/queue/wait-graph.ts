/**
 * Deadlocks between callers of this process. A request waits for the holders of its key and for the
 * requests before it in the queue. A holder is waited for by its whole section, so a request made
 * inside that section keeps the lock from being released. A circle of such waits never ends by
 * itself, and PostgreSQL cannot see it: to it all of them are one session, or not waiting at all.
 *
 * Locks taken outside of every section have no owner that we know of; nor have slots of a semaphore,
 * of which any will do.
 */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey } from '../keys.ts';
import { holdersOf } from './key-queue.ts';
import type { LockRequest } from './request.ts';

/** The circle of requests that `start` closes, `start` first, or null. */
export function findCycle(start: LockRequest): readonly LockRequest[] | null {
  const seen = new Set<LockRequest>();
  const path: LockRequest[] = [];
  const visit = (request: LockRequest): boolean => {
    if (seen.has(request)) return request === start;
    seen.add(request);
    path.push(request);
    for (const next of blockersOf(request)) if (visit(next)) return true;
    path.pop();
    return false;
  };
  return visit(start) ? path : null;
}

/** Requests that must end before this one can be granted. */
function* blockersOf(request: LockRequest): Generator<LockRequest> {
  const { queue } = request;
  if (queue.slots !== null) return;
  for (const holder of holdersOf(queue))
    if (holder.frame?.active === true) yield* holder.frame.waiting;
  for (const earlier of queue.requests) {
    if (earlier === request) return;
    yield earlier;
  }
}

/** The refusal: who waits for what, round to the first. */
export function deadlockError(cycle: readonly LockRequest[]): AdvisoryLockError {
  const steps = cycle.map((request) => `${owner(request)} waits for ${describeKey(request.key)}`);
  const [first] = cycle;
  const key = first === undefined ? '' : `lock ${describeKey(first.key)}: `;
  return new AdvisoryLockError(
    'deadlock',
    `${key}deadlock: ${steps.join('; ')}. Take locks in one order, or together with advisoryLockAll.`,
  );
}

function owner({ options, frame }: LockRequest): string {
  const held = (frame?.lockIds ?? []).map((lockId) => describeLockId(lockId)).join(' and ');
  const name = options.purpose === null ? 'a caller' : `"${options.purpose}"`;
  return held === '' ? name : `${name} (holds ${held})`;
}

/** `service:classid:objid:objsubid` as words; both halves are unsigned in pg_locks. */
function describeLockId(scoped: string): string {
  const [, high = '0', low = '0', subspace] = scoped.split(':');
  if (subspace === '2') return `${Number(high) | 0}/${Number(low) | 0}`;
  return `key ${BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))}`;
}
