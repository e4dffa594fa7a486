/** The time for which an agent's lock may be held for its terminal, from the lock to the key. */
import type { Clock } from '../../platform/clock.ts';
import { WINDOW_MS } from './context.ts';

export interface SendWindow {
  /** Milliseconds. */
  left(): number;
  /** Aborts what is still under way when the time is up. */
  readonly signal: AbortSignal;
}

export function openWindow(clock: Clock, ms = WINDOW_MS): SendWindow {
  const end = clock.now() + ms;
  return { left: () => end - clock.now(), signal: AbortSignal.timeout(ms) };
}
