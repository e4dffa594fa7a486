/** Entries of the type `user`: prompts, and what Claude Code itself puts into the user's mouth. */
import { blocksOf, field, textOf, type Fields } from './fields.ts';

export type UserEntry =
  /** Begins a turn. `by` says whose words it is; `shell` is a `!` command. */
  | {
      kind: 'prompt';
      by: 'person' | 'notification' | 'teammate' | 'shell';
      text: string;
      /** It had waited in the client's own queue. */
      queued?: true;
    }
  /** A command of Claude Code itself, such as /compact, with its arguments: nothing is said. */
  | { kind: 'builtin'; text: string }
  | { kind: 'interrupt'; text: string }
  | { kind: 'tool_results'; results: ToolResult[]; rejected: boolean }
  | { kind: 'note' };

export interface ToolResult {
  toolUseId: string;
  text: string;
  failed: boolean;
}

const INTERRUPTED = '[Request interrupted by user';
/** Exactly this where a person turned the dialog down without a word: the turn is over. */
const REJECTED = 'User rejected tool use';

export function parseUser(entry: Fields): UserEntry {
  // Caveats, hook feedback and the summary after a compaction: written by nobody.
  if (entry['isMeta'] === true || entry['isCompactSummary'] === true) return { kind: 'note' };
  const content = field(entry, 'message')?.['content'];
  if (typeof content === 'string') return ofText(entry, content);
  const blocks = blocksOf(content);
  const results = blocks.filter((block) => block['type'] === 'tool_result').map(toolResult);
  if (results.length > 0) {
    return { kind: 'tool_results', results, rejected: entry['toolUseResult'] === REJECTED };
  }
  const text = textBlocks(blocks);
  if (text !== '') return ofText(entry, text);
  return blocks.length === 0
    ? { kind: 'note' }
    : { kind: 'prompt', by: 'person', text: '[no text]' };
}

/** Texts that Claude Code writes after its own commands (/model, /compact), and of shell commands. */
const ECHOES = ['<local-command-', '<bash-stdout>', '<bash-stderr>'];

function ofText(entry: Fields, text: string): UserEntry {
  if (text.startsWith('<command-name>')) {
    return { kind: 'builtin', text: slashCommand(text) ?? text };
  }
  if (text === '' || ECHOES.some((start) => text.startsWith(start))) return { kind: 'note' };
  if (text.startsWith(INTERRUPTED)) return { kind: 'interrupt', text };
  const origin = field(entry, 'origin');
  const notified = origin !== null && textOf(origin, 'kind') === 'task-notification';
  if (notified || text.trimStart().startsWith('<task-notification>')) {
    return { kind: 'prompt', by: 'notification', text };
  }
  if (text.startsWith('<bash-input>')) {
    const command = text.replace(/^<bash-input>/, '').replace(/<\/bash-input>$/, '');
    return { kind: 'prompt', by: 'shell', text: `!${command}` };
  }
  if (textOf(entry, 'promptSource') === null && text.includes('<teammate-message ')) {
    return { kind: 'prompt', by: 'teammate', text };
  }
  const queued = textOf(entry, 'promptSource') === 'queued';
  const said = text.startsWith('<command-message>') ? slashCommand(text) : null;
  return { kind: 'prompt', by: 'person', text: said ?? text, ...(queued && { queued }) };
}

/** The words that were typed for a command; the hook of one of the user's own carries them so. */
export function slashCommand(text: string): string | null {
  const name = /<command-name>([^<]*)<\/command-name>/.exec(text)?.[1];
  if (name === undefined) return null;
  const args = /<command-args>([\s\S]*)<\/command-args>/.exec(text)?.[1] ?? '';
  return args === '' ? name : `${name} ${args}`;
}

function toolResult(block: Fields): ToolResult {
  const content = block['content'];
  return {
    toolUseId: textOf(block, 'tool_use_id') ?? '',
    text: typeof content === 'string' ? content : textBlocks(blocksOf(content)),
    failed: block['is_error'] === true,
  };
}

/** The texts among blocks, one below the other. */
export function textBlocks(blocks: readonly Fields[]): string {
  return blocks
    .flatMap((block) => (block['type'] === 'text' ? [textOf(block, 'text') ?? ''] : []))
    .filter((text) => text !== '')
    .join('\n');
}
