/**
 * Which locks the current async context holds. A body runs in a frame of its own; work that it
 * starts sees the frame too. A frame counts only while its section runs, so work that outlives the
 * section does not appear to hold the lock.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Frame {
  readonly lockIds: readonly string[];
  readonly parent: Frame | undefined;
  active: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

/** Run `body` as the holder of these locks (lock ids as in pg_locks, prefixed by their service). */
export async function runAsHolder<T>(
  lockIds: readonly string[],
  body: () => T | PromiseLike<T>,
): Promise<T> {
  // A finished frame is left out, else a chain of sections that start each other would grow for ever.
  const frame: Frame = { lockIds, parent: nearestActive(), active: true };
  try {
    return await frames.run(frame, body);
  } finally {
    frame.active = false;
  }
}

/** Whether a section that is still running in this async context holds the lock. */
export function heldInThisContext(lockId: string): boolean {
  for (let frame = nearestActive(); frame !== undefined; frame = frame.parent)
    if (frame.active && frame.lockIds.includes(lockId)) return true;
  return false;
}

function nearestActive(): Frame | undefined {
  let frame = frames.getStore();
  while (frame !== undefined && !frame.active) frame = frame.parent;
  return frame;
}
