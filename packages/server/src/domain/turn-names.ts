/**
 * Under which names a turn of the conversation is known. A hook tells of it and so does the
 * transcript, in either order: `key` is the hook's own name for it, `match` and `promptId` are
 * what hook and transcript entry have in common. Two turns are one where their `match` is equal
 * and their prompt_ids do not differ.
 */
import { beginning, storable } from './display.ts';
import { inputKey } from './input-key.ts';

export interface TurnNames {
  /** The same turn reported twice by a hook has the same key. Unique per agent. */
  key: string;
  /** Claude's prompt_id of the turn it belongs to; null where unknown. */
  promptId: string | null;
  /** Null for a turn of which only one side can know. */
  match: string | null;
}

/** Longest text that a hook's turn keeps; the whole is in the inbox and the transcript. */
export const HOOK_TEXT_LIMIT = 20_000;

/**
 * A prompt_id names one prompt, and the text may differ: a slash command reads otherwise in the
 * transcript. Without one only the text can tell.
 */
export function promptMatch(promptId: string | null, text: string): string {
  return promptId === null ? `prompt:${textKey(text)}` : 'prompt';
}

/** Several answers can belong to one prompt_id (a Stop hook sends the turn on): the text tells. */
export const answerMatch = (text: string): string => `answer:${textKey(text)}`;

export const FAILURE_MATCH = 'failure';

/** A dialog and the tool call that it is about. */
export const toolMatch = (toolUseId: string): string => `tool:${toolUseId}`;

function textKey(text: string): string {
  const kept = storable(beginning(text, HOOK_TEXT_LIMIT).text);
  return inputKey('text', kept.trim(), null);
}
