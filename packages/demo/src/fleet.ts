/** Many players at once, and their end. */
import { castFleet } from './cast.ts';
import { Mix } from './mix.ts';
import { Player } from './player.ts';
import type { Target } from './play-target.ts';

export interface FleetOptions {
  readonly agents: number;
  readonly speed: number;
  readonly once: boolean;
  readonly signal: AbortSignal;
}

/** How long the good-byes may take. */
const LEAVE_TIMEOUT_MS = 5_000;

/**
 * Plays until the signal fires, or once. Leaves no session open on a server that goes on.
 * Rejects when the server refuses an event or is lost.
 */
export async function playFleet(target: Target, options: FleetOptions): Promise<void> {
  const { agents, speed, once } = options;
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const mix = new Mix(agents);
  const players = castFleet(agents, target.claudeFolder !== undefined).map(
    (role, number) => new Player(number, role, { target, speed, once, mix, signal }),
  );
  try {
    await Promise.race([Promise.all(players.map((player) => player.play())), target.lost]);
  } finally {
    failed.abort();
    const goesOn = target.claudeFolder === undefined;
    const leaving = AbortSignal.timeout(LEAVE_TIMEOUT_MS);
    if (goesOn) await Promise.allSettled(players.map((player) => player.leave(leaving)));
  }
}
