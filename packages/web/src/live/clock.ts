/**
 * The present moment by the server's clock, in steps of one second. Times in agents are the
 * server's; a phone whose clock is minutes off must not show a wait as longer than it is.
 */
import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
/** The Date header counts whole seconds; smaller differences are no differences. */
const TOLERANCE_MS = 2000;

let offsetMs = 0;
let present = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  present = Date.now() + offsetMs;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    present = Date.now() + offsetMs;
    timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}

/** Milliseconds since 1970 by the server's clock, as of the last tick. */
export function serverNow(): number {
  return present;
}

/** Takes over the server's clock from an answer that was just received. */
export function setServerTime(serverTime: number): void {
  const difference = serverTime + 500 - Date.now();
  offsetMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
  tick();
}

/** Draws again only when `derive` gives another value, not at every tick. */
export function useClock<T extends string | number | boolean>(derive: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => derive(present));
}
