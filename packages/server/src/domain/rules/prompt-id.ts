/** Claude's prompt_id names a turn: all events of a turn carry the same one. */
import type { Draft } from '../draft.ts';
import { type Activity, LIMITS, remember } from '../activity.ts';

/** Moves the present prompt_id to the past. */
export function endPrompt(draft: Draft): void {
  const { activity } = draft;
  if (activity.promptId !== null) {
    remember(activity.pastPromptIds, activity.promptId, LIMITS.pastPromptIds);
  }
  activity.promptId = null;
  activity.promptSeen = false;
}

/**
 * True for the end of a turn that another prompt has already followed. A turn that the session file
 * alone has ended is not followed yet: its own hook comes late and knows better how it ended.
 */
export function isOfEarlierTurn(draft: Draft, promptId: string | undefined): boolean {
  const { activity } = draft;
  if (promptId === undefined || promptId === activity.promptId) return false;
  if (isEndInferred(activity) && activity.pastPromptIds.at(-1) === promptId) return false;
  return activity.pastPromptIds.includes(promptId);
}

/** The session file said that the turn is over; no hook has. */
export function isEndInferred({ turn }: Activity): boolean {
  return turn === 'interrupted' || turn === 'over';
}
