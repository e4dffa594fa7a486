/**
 * Messages that were typed while the agent was at work, as `queue-operation` lines tell of them:
 * `enqueue` with the text 0.12 s after Enter (2.1.197), then `dequeue` when it begins a turn, or
 * `remove` when it is taken in in mid-turn or taken back. They are no turns of the conversation:
 * a message becomes one when it is taken in, by an entry of its own. Pure.
 */
import { beginning, storable } from '../../domain/display.ts';
import { HOOK_TEXT_LIMIT, promptMatch } from '../../domain/turn-names.ts';

export interface QueuedMessage {
  /** Fingerprint of the whole text: that of `promptMatch(null, text)`. */
  match: string;
  /** Beginning of the text. */
  text: string;
  /** By a task that ended, and not by a person. */
  notification: boolean;
  /** Milliseconds since 1970. */
  at: number;
  /** Null while it waits. */
  leftAt: number | null;
}

export interface QueueOperation {
  kind: 'queue';
  operation: string;
  text: string | null;
}

/** Newest messages that are remembered, those that have left too. */
const LIMIT = 32;
const TEXT_LIMIT = 200;

/** `before` is not changed. */
export function addToQueue(
  before: readonly QueuedMessage[],
  { operation, text }: QueueOperation,
  at: number,
): QueuedMessage[] {
  if (operation === 'enqueue' && text !== null) {
    const message: QueuedMessage = {
      match: queueMatch(text),
      text: beginning(storable(text), TEXT_LIMIT).text,
      notification: text.trimStart().startsWith('<task-notification>'),
      at,
      leftAt: null,
    };
    return [...before, message].slice(-LIMIT);
  }
  // Which one leaves is told by its text, else it is the oldest; `popAll` empties the queue.
  const waiting = before.filter(({ leftAt }) => leftAt === null);
  const match = text === null ? null : queueMatch(text);
  const left =
    operation === 'popAll'
      ? waiting
      : [waiting.find((message) => match === null || message.match === match)];
  return before.map((message) => (left.includes(message) ? { ...message, leftAt: at } : message));
}

/** What a queued message is recognised by. */
export const queueMatch = (text: string): string =>
  promptMatch(null, beginning(text, HOOK_TEXT_LIMIT).text);
