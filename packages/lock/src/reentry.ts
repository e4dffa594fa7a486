/**
 * Which locks the current async context holds. A body runs in a frame of its own; work that it
 * starts sees the frame too. A frame counts only while its section runs, so work that outlives the
 * section does not appear to hold the lock.
 *
 * Frames are also the owners in the search for deadlocks: a lock whose section waits for a request
 * made inside of it is not released before that request ends.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LockRequest } from './queue/request.ts';

export interface Frame {
  /** Lock ids as in pg_locks, prefixed by their service. */
  readonly lockIds: readonly string[];
  readonly parent: Frame | null;
  /** Requests made inside this section that have not ended. */
  readonly waiting: Set<LockRequest>;
  active: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

/** A frame for a section that begins now, inside of the current one. */
export function newFrame(lockIds: readonly string[]): Frame {
  // A finished frame is left out, else a chain of sections that start each other would grow for ever.
  return { lockIds, parent: currentFrame(), waiting: new Set(), active: true };
}

/** Run `body` in a frame, which ends with it. */
export async function runInFrame<T>(frame: Frame, body: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await frames.run(frame, body);
  } finally {
    frame.active = false;
  }
}

/** Whether a section that is still running in this async context holds the lock of this service. */
export function heldInThisContext(scope: string, lockId: string): boolean {
  const frame = currentFrame();
  if (frame === null) return false;
  const scopedId = scope + lockId;
  for (const each of activeFrames(frame)) if (each.lockIds.includes(scopedId)) return true;
  return false;
}

/** The innermost section of this async context that is still running. */
export function currentFrame(): Frame | null {
  let frame = frames.getStore() ?? null;
  while (frame !== null && !frame.active) frame = frame.parent;
  return frame;
}

/** A frame and those around it, as far as they still run. */
export function* activeFrames(start: Frame | null): Generator<Frame> {
  for (let frame = start; frame !== null; frame = frame.parent) if (frame.active) yield frame;
}
