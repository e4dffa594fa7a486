/** Collects what arrives in bursts, so that the page is drawn at most once per frame. */

export interface FrameQueue<T> {
  push(item: T): void;
  /** Applies at once what has been collected. */
  flush(): void;
}

/** Runs `task` once, soon. */
export type Schedule = (task: () => void) => void;

export function createFrameQueue<T>(
  apply: (batch: readonly T[]) => void,
  schedule: Schedule = nextFrame,
): FrameQueue<T> {
  let batch: T[] = [];
  const flush = () => {
    if (batch.length === 0) return;
    const full = batch;
    batch = [];
    apply(full);
  };
  return {
    push(item) {
      batch.push(item);
      if (batch.length === 1) schedule(flush);
    },
    flush,
  };
}

/** Pages in the background get no frames, but their title must still tell the truth. */
function nextFrame(task: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    task();
  };
  const timer = setTimeout(once, 250);
  const frame = requestAnimationFrame(once);
}
