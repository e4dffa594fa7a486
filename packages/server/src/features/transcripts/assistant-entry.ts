/** Entries of the type `assistant`: one block each of a message, whose `message.id` they share. */
import { blocksOf, countOf, field, isRecord, nameOf, textOf, type Fields } from './fields.ts';
import { textBlocks } from './user-entry.ts';

export const ASSISTANT = 'assistant';

export interface AssistantEntry {
  kind: typeof ASSISTANT;
  text: string;
  tools: { id: string; name: string; input: unknown }[];
  stopReason: string | null;
  /** Claude's name of an API error that this entry reports instead of an answer. */
  error: string | null;
  /** Written by Claude Code and not by a model; its usage is all zeros. */
  synthetic: boolean;
  usage: MessageUsage | null;
}

/** Tokens of one message, as the API counts them. */
export interface MessageUsage {
  /** Several entries carry the same message: its tokens count once. */
  messageId: string;
  model: string | null;
  /** Answered in fast mode, which costs more. */
  fast: boolean;
  input: number;
  /** Written to the cache, of which for an hour. */
  cacheCreation: number;
  cacheCreation1h: number;
  cacheRead: number;
  output: number;
}

/** Claude Code's answer to a prompt of its own after a crash. */
const NO_ANSWER = 'No response requested.';

export function parseAssistant(entry: Fields): AssistantEntry {
  const message = field(entry, 'message') ?? {};
  const blocks = blocksOf(message['content']);
  const model = nameOf(message, 'model');
  const apiError = entry['isApiErrorMessage'] === true;
  const synthetic = model === '<synthetic>' || apiError;
  const text = textBlocks(blocks);
  return {
    kind: ASSISTANT,
    text: synthetic && text === NO_ANSWER ? '' : text,
    tools: blocks.flatMap((block) =>
      block['type'] === 'tool_use'
        ? [
            {
              id: nameOf(block, 'id') ?? '',
              name: textOf(block, 'name') ?? '?',
              input: block['input'],
            },
          ]
        : [],
    ),
    stopReason: textOf(message, 'stop_reason'),
    error: apiError ? (textOf(entry, 'error') ?? 'unknown') : null,
    synthetic,
    usage: synthetic ? null : usageOf(entry, message, model),
  };
}

function usageOf(entry: Fields, message: Fields, model: string | null): MessageUsage | null {
  const usage = field(message, 'usage');
  const messageId = nameOf(message, 'id') ?? nameOf(entry, 'uuid');
  if (usage === null || messageId === null) return null;
  const cache = usage['cache_creation'];
  return {
    messageId,
    model,
    fast: usage['speed'] === 'fast',
    input: countOf(usage, 'input_tokens'),
    cacheCreation: countOf(usage, 'cache_creation_input_tokens'),
    cacheCreation1h: isRecord(cache) ? countOf(cache, 'ephemeral_1h_input_tokens') : 0,
    cacheRead: countOf(usage, 'cache_read_input_tokens'),
    output: countOf(usage, 'output_tokens'),
  };
}
