/** Keeps the embedded PostgreSQL running while this process uses it. */
import { setTimeout as delay } from 'node:timers/promises';
import { stopCluster } from './cluster.ts';
import { enter, type EmbeddedContext, type Entered } from './enter.ts';
import type { Membership } from './membership.ts';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;
/** After this long without a crash the next one is met with the shortest wait again. */
const STEADY_MS = 60_000;

/**
 * Restarts PostgreSQL, at once after its first crash and then with growing waits, until the
 * returned function is called. That one stops PostgreSQL if this process is its last user.
 */
export function supervise(context: EmbeddedContext, first: Entered): () => Promise<void> {
  const { emit } = context;
  const stopping = new AbortController();
  let membership: Membership | undefined = first.membership;

  const watch = async (): Promise<void> => {
    const stopped = new Promise<undefined>((resolve) => {
      stopping.signal.addEventListener('abort', () => {
        resolve(undefined);
      });
    });
    let backoffMs = 0;
    let upSince = performance.now();
    while (membership !== undefined) {
      const error = await Promise.race([membership.lost, stopped]);
      if (error === undefined) return;
      membership = undefined;
      emit({ kind: 'lost', error });
      if (performance.now() - upSince > STEADY_MS) backoffMs = 0;
      while (membership === undefined) {
        await delay(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        backoffMs = nextBackoff(backoffMs);
        membership = await reenter(context, first.port, backoffMs);
      }
      upSince = performance.now();
    }
  };
  const watching = watch();

  return async () => {
    stopping.abort();
    await watching;
    await leave(context, membership);
  };
}

async function reenter(
  context: EmbeddedContext,
  port: number,
  nextTryMs: number,
): Promise<Membership | undefined> {
  try {
    return (await enter(context, port)).membership;
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    context.emit({ kind: 'restart_failed', error, nextTryMs });
    return undefined;
  }
}

/** Others that come while we stop wait for the session's end, find no server, and start one. */
async function leave(context: EmbeddedContext, membership: Membership | undefined): Promise<void> {
  if (membership === undefined) return;
  const isLast = await membership.isLast().catch(() => false); // The server is gone: nothing to stop.
  if (isLast) await stopCluster(context.cluster.dataDir, 'fast');
  await membership.end();
  context.emit({ kind: isLast ? 'stopped' : 'left_running' });
}

function nextBackoff(backoffMs: number): number {
  return Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
}
