/** Waiting for what will become true, in place of a sleep that hopes so. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/**
 * Asks again and again until the answer is neither undefined, null nor false, and returns it.
 * Throws after `timeoutMs`, with the last answer.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as Exclude<T, undefined | null | false>;
    }
    if (performance.now() > deadline) {
      throw new Error(`still not after ${String(timeoutMs)} ms: ${what}`);
    }
    await delay(POLL_MS);
  }
}
