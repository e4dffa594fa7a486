/** Which entries tell of a turn that a hook has told before. Pure. */
import type { EntryTurn } from './digest.ts';

export interface KnownTurn {
  id: number;
  /** Null for a turn of a hook that no entry has completed. */
  entryId: string | null;
  match: string | null;
  promptId: string | null;
}

export type JoinedTurn = EntryTurn & { hookTurnId: number | null };

/**
 * Each hook's turn is given to one entry, in the order of the file: where the same was said twice,
 * the two turns stay two. Entries that were read before (after a restart of the file, or in the
 * copy that a fork makes) are left out.
 */
export function joinTurns(turns: readonly EntryTurn[], known: readonly KnownTurn[]): JoinedTurn[] {
  const seen = new Set(known.flatMap(({ entryId }) => (entryId === null ? [] : [entryId])));
  const open = new Map<string, KnownTurn[]>();
  for (const turn of known) {
    if (turn.entryId !== null || turn.match === null) continue;
    open.set(turn.match, [...(open.get(turn.match) ?? []), turn]);
  }
  return turns.flatMap((turn) => {
    if (seen.size === seen.add(turn.entryId).size) return [];
    return [{ ...turn, hookTurnId: take(open, turn) }];
  });
}

/** Equal prompt_ids first; one that is not known yet can be any. */
function take(open: Map<string, KnownTurn[]>, turn: EntryTurn): number | null {
  const candidates = turn.match === null ? undefined : open.get(turn.match);
  if (candidates === undefined) return null;
  let at = candidates.findIndex(({ promptId }) => promptId === turn.promptId);
  if (at === -1) {
    at = candidates.findIndex(({ promptId }) => promptId === null || turn.promptId === null);
  }
  if (at === -1) return null;
  return candidates.splice(at, 1)[0]?.id ?? null;
}
