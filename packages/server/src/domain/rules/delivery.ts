/** Which signs prove that a prompt has reached Claude Code. */
import { deliveryMatch, noteClientQueued, proveArrival, takeFromClientQueue } from '../delivery.ts';
import type { Draft } from '../draft.ts';
import type { PromptSign } from '../transcript-picture.ts';

/**
 * UserPromptSubmit. The client fires it also for a message that waited in its own queue, which was
 * proved when it went in: that one is no proof of another prompt with the same words.
 */
export function promptSubmitted(draft: Draft, text: string, at: number): void {
  const match = deliveryMatch(text);
  if (takeFromClientQueue(draft.activity, match, at, 'hook')) return;
  const proved = proveArrival(draft.activity, match, at, 'hook');
  if (proved !== null) draft.prompt(proved);
}

/** Signs from the transcript, in the order of the file. Gives how many prompts they proved. */
export function promptSigns(draft: Draft, signs: readonly PromptSign[]): number {
  const { activity } = draft;
  let proofs = 0;
  const prove = (sign: PromptSign, by: 'queue' | 'transcript') => {
    const proved = proveArrival(activity, sign.match, sign.at, by);
    if (proved === null) return;
    draft.prompt(proved);
    proofs += 1;
  };
  for (const sign of signs) {
    switch (sign.kind) {
      case 'enqueued':
        noteClientQueued(activity, sign.match, sign.at);
        prove(sign, 'queue');
        break;
      case 'taken_in_turn':
        if (!takeFromClientQueue(activity, sign.match, sign.at, 'both')) prove(sign, 'queue');
        break;
      case 'taken_after_turn':
        if (!takeFromClientQueue(activity, sign.match, sign.at, 'entry')) prove(sign, 'queue');
        break;
      case 'submitted':
        prove(sign, 'transcript');
        break;
      case 'taken_back':
        takeFromClientQueue(activity, sign.match, sign.at, 'both');
        break;
    }
  }
  return proofs;
}
