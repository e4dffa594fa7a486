/** Words for each attention, the same on cards, group headings and in what is read aloud. */
import { ATTENTIONS, type Attention } from '@headspace/contract';

interface AttentionText {
  label: string;
  /** What the group means: one line, so short that it fits above a single card. */
  meaning: string;
}

export const ATTENTION_TEXT: Readonly<Record<Attention, AttentionText>> = {
  needs_you: { label: 'Needs you', meaning: 'Blocked until you answer' },
  limit: { label: 'Limit', meaning: 'Of rate, usage or billing' },
  your_turn: { label: 'Your turn', meaning: 'The next move is yours' },
  stalled: { label: 'Stalled', meaning: 'At work, but nothing moves' },
  unknown: { label: 'Unknown', meaning: 'It cannot be told now' },
  working: { label: 'Working', meaning: 'At work, or its subagents' },
  idle: { label: 'Idle', meaning: 'Nothing asked yet' },
  ended: { label: 'Ended', meaning: 'The session is over' },
};

const KNOWN: ReadonlySet<string> = new Set(ATTENTIONS);

/**
 * The group an attention belongs to. A word of a newer server that this page does not know is
 * `unknown`: an agent must never vanish from the board.
 */
export function groupOf(attention: Attention): Attention {
  return KNOWN.has(attention) ? attention : 'unknown';
}

/** A reason comes without a capital; on the page it stands alone and begins with one. */
export function asSentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
