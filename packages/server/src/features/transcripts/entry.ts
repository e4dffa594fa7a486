/**
 * One line of a transcript as what it means to us. The format is Claude Code's own and undocumented
 * (seen on 2.1.197): whatever is not understood is counted and never an error.
 */
import { injectionTokens } from '../../domain/persona-text.ts';
import { ASSISTANT, parseAssistant, type AssistantEntry } from './assistant-entry.ts';
import { field, isRecord, nameOf, textOf, timeOf, type Fields } from './fields.ts';
import { parseUser, slashCommand, type UserEntry } from './user-entry.ts';

/** What every entry of the conversation carries. */
export interface EntryCommon {
  /** The entry's own id; null for lines that only keep settings (mode, titles). */
  uuid: string | null;
  parent: string | null;
  /** Milliseconds since 1970; null where it has no time. */
  at: number | null;
  /** Claude's prompt_id; entries of the agent have none of their own. */
  promptId: string | null;
  /** Of a subagent; such entries are no part of the main conversation. */
  sidechain: boolean;
}

export type EntryBody =
  | UserEntry
  | AssistantEntry
  /** A prompt that was taken in while the agent was at work: no hook tells of it. */
  | { kind: 'queued'; text: string; notification: boolean }
  | { kind: 'compaction'; trigger: string | null; preTokens: number | null }
  /** What happens in the client's own queue of messages. */
  | { kind: 'queue'; operation: string; text: string }
  /** What hooks have put into the context, where personas are among it (domain/persona-text.ts). */
  | { kind: 'injected'; tokens: string[] }
  /** Understood, and of no importance to the conversation. */
  | { kind: 'note' }
  /** Not understood; counted by its type. */
  | { kind: 'unknown'; type: string };

export type Entry = EntryCommon & { body: EntryBody };

/** Null for a line that is no JSON object. */
export function parseEntry(line: string): Entry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  return {
    uuid: nameOf(value, 'uuid'),
    parent: nameOf(value, 'parentUuid'),
    at: timeOf(value, 'timestamp'),
    promptId: nameOf(value, 'promptId'),
    sidechain: value['isSidechain'] === true,
    body: parseBody(value),
  };
}

/** Lines of these types keep settings, titles and backups; nothing is said in them. */
const NOTES = new Set([
  'agent-name',
  'ai-title',
  'custom-title',
  'file-history-snapshot',
  'last-prompt',
  'mode',
  'permission-mode',
  'progress',
  'summary',
  'tag',
  'worktree-state',
]);

function parseBody(entry: Fields): EntryBody {
  const type = textOf(entry, 'type') ?? '';
  if (type === 'user') return parseUser(entry);
  if (type === ASSISTANT) return parseAssistant(entry);
  if (type === 'attachment') return parseAttachment(entry);
  if (type === 'system') return parseSystem(entry);
  if (type === 'queue-operation') return parseQueueOperation(entry);
  return NOTES.has(type) ? { kind: 'note' } : { kind: 'unknown', type: type.slice(0, 64) };
}

function parseAttachment(entry: Fields): EntryBody {
  const attachment = field(entry, 'attachment');
  if (attachment !== null && textOf(attachment, 'type') === 'hook_additional_context') {
    const tokens = injectionTokens(JSON.stringify(attachment['content'] ?? ''));
    return tokens.length === 0 ? { kind: 'note' } : { kind: 'injected', tokens };
  }
  if (attachment === null || textOf(attachment, 'type') !== 'queued_command') {
    return { kind: 'note' };
  }
  const text = promptText(attachment['prompt']);
  if (text === null) return { kind: 'note' };
  const notification =
    textOf(attachment, 'commandMode') === 'task-notification' ||
    text.trimStart().startsWith('<task-notification>');
  return { kind: 'queued', text, notification };
}

/** Operations seen: enqueue, dequeue, remove, popAll; only the last and the first carry the text. */
function parseQueueOperation(entry: Fields): EntryBody {
  const operation = textOf(entry, 'operation');
  const text = textOf(entry, 'content');
  return operation === null || text === null
    ? { kind: 'note' }
    : { kind: 'queue', operation, text };
}

/** Text, or a list of blocks of which the text counts. */
function promptText(prompt: unknown): string | null {
  if (typeof prompt === 'string') return prompt === '' ? null : prompt;
  if (!Array.isArray(prompt)) return null;
  const texts = prompt.flatMap((block: unknown) =>
    isRecord(block) && typeof block['text'] === 'string' ? [block['text']] : [],
  );
  return texts.length === 0 ? null : texts.join('\n');
}

function parseSystem(entry: Fields): EntryBody {
  const subtype = textOf(entry, 'subtype');
  if (subtype === 'local_command') {
    const content = textOf(entry, 'content') ?? '';
    const text = content.startsWith('<command-name>') ? slashCommand(content) : null;
    return text === null ? { kind: 'note' } : { kind: 'builtin', text };
  }
  if (subtype !== 'compact_boundary') return { kind: 'note' };
  const metadata = field(entry, 'compactMetadata');
  const preTokens = metadata?.['preTokens'];
  return {
    kind: 'compaction',
    trigger: metadata === null ? null : textOf(metadata, 'trigger'),
    preTokens: typeof preTokens === 'number' ? preTokens : null,
  };
}
