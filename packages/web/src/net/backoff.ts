/** How long to wait before the next try to reach the server. Pure. */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Milliseconds before try number `failures` + 1. Doubles up to 15 s; `random` (0 to 1) spreads
 * many pages that lost the same server. A time the server asked for is never undercut.
 */
export function retryDelayMs(failures: number, random: number, retryAfterMs = 0): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.max(retryAfterMs, Math.round(base * (0.75 + random / 2)));
}
