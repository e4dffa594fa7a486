/** Claude's prompt_id names a turn: all events of a turn carry the same one. */
import type { Draft } from '../draft.ts';
import { LIMITS, remember } from '../activity.ts';

/** Moves the present prompt_id to the past. */
export function endPrompt(draft: Draft): void {
  const { activity } = draft;
  if (activity.promptId !== null) {
    remember(activity.pastPromptIds, activity.promptId, LIMITS.pastPromptIds);
  }
  activity.promptId = null;
  activity.promptSeen = false;
}

/** True for the end of a turn that another prompt has already followed. */
export function isOfEarlierTurn(draft: Draft, promptId: string | undefined): boolean {
  const { activity } = draft;
  if (promptId === undefined || promptId === activity.promptId) return false;
  return activity.pastPromptIds.includes(promptId);
}
