/**
 * The picture of how the session stands, entry by entry. Entries do not stand in the order of their
 * times (an answer can come before its prompt in the file): the newest time decides.
 */
import { beginning } from '../../domain/display.ts';
import type { TranscriptPicture } from '../../domain/transcript-picture.ts';
import { HOOK_TEXT_LIMIT } from '../../domain/turn-names.ts';
import type { AssistantEntry } from './assistant-entry.ts';
import type { Entry } from './entry.ts';

const PAST_PROMPTS = 32;
/** What is kept of an error's text: one line is shown. */
const ERROR_CHARACTERS = 2_000;

/** `before` is not changed. */
export function addToPicture(
  before: TranscriptPicture,
  entry: Entry,
  at: number,
): TranscriptPicture {
  const { body } = entry;
  switch (body.kind) {
    case 'prompt': {
      // A shell command and a teammate's message go on under the prompt_id of the turn before.
      const begins = body.by === 'person' || body.by === 'notification';
      const picture = begins
        ? withPrompt(before, entry.promptId, body.by === 'person' ? body.text : null, at)
        : before;
      return turned(picture, 'running', at);
    }
    case 'interrupt':
      return turned(before, 'interrupted', at);
    case 'tool_results':
      return turned(before, body.rejected ? 'interrupted' : 'running', at);
    case 'compaction':
      return withContext(before, null, at, null);
    case 'assistant':
      return withMessage(before, body, at);
    default:
      return before;
  }
}

function withMessage(before: TranscriptPicture, body: AssistantEntry, at: number) {
  const failure =
    body.error === null
      ? null
      : { error: body.error, message: beginning(body.text, ERROR_CHARACTERS).text };
  if (failure !== null) return turned(before, 'failed', at, failure);
  // What an interrupt left of an answer; the interrupt has an entry of its own.
  if (body.synthetic) return before;
  const { usage } = body;
  const used = usage === null ? null : usage.input + usage.cacheCreation + usage.cacheRead;
  const picture = used === null ? before : withContext(before, used, at, usage?.model ?? null);
  return turned(picture, endsTurn(body) ? 'finished' : 'running', at);
}

/** `max_tokens` and `pause_turn` are continued by Claude Code itself. */
function endsTurn({ stopReason, tools }: AssistantEntry): boolean {
  return (
    tools.length === 0 &&
    (stopReason === 'end_turn' || stopReason === 'stop_sequence' || stopReason === 'refusal')
  );
}

function turned(
  before: TranscriptPicture,
  turn: TranscriptPicture['turn'],
  at: number,
  failure: TranscriptPicture['failure'] = null,
): TranscriptPicture {
  return at < before.at ? before : { ...before, turn, at, failure };
}

function withContext(
  before: TranscriptPicture,
  usedTokens: number | null,
  at: number,
  model: string | null,
): TranscriptPicture {
  const known = before.context?.at ?? 0;
  return at < known ? before : { ...before, context: { usedTokens, at, model } };
}

function withPrompt(
  before: TranscriptPicture,
  id: string | null,
  text: string | null,
  at: number,
): TranscriptPicture {
  const { prompt } = before;
  if (prompt !== null && at < prompt.at) {
    return id === null || id === prompt.id ? before : withPast(before, id);
  }
  const kept = text === null ? null : beginning(text, HOOK_TEXT_LIMIT).text;
  const picture = { ...before, prompt: { id, text: kept, at } };
  const past = prompt?.id ?? null;
  return past === null || past === id ? picture : withPast(picture, past);
}

function withPast(before: TranscriptPicture, id: string): TranscriptPicture {
  const others = before.pastPromptIds.filter((known) => known !== id);
  return { ...before, pastPromptIds: [...others, id].slice(-PAST_PROMPTS) };
}
