/** The hook entries of a settings file: what ours look like and how to know them again. */
import { HOOK_HEADERS, hookSlug, type HookEventName } from '@headspace/contract';

export type Transport = 'command' | 'http';

/** What is written for one event: the one hook of a group without a matcher. */
export type HookEntry = Readonly<Record<string, unknown>>;

export interface EntryOptions {
  readonly events: readonly HookEventName[];
  readonly transport: Transport;
  /** Full path of the installed script. */
  readonly script: string;
  /** Address of the server without a slash at the end, for http hooks. */
  readonly serverUrl: string;
  readonly hostId: string;
}

/** Name of the environment variable from which Claude Code fills in the token of http hooks. */
export const TOKEN_VARIABLE = 'HEADSPACE_HOOK_TOKEN';

/**
 * Seconds after which Claude Code ends a hook. The script ends by itself within two; without a
 * value of its own SessionEnd would get 1.5.
 */
const TIMEOUT_SECONDS = 5;

/** Claude Code skips http hooks on these. */
const COMMAND_ONLY: readonly HookEventName[] = ['SessionStart', 'Setup'];

/** Entries by event. The same options give the same text, in whatever settings file. */
export function entriesFor(options: EntryOptions): Map<HookEventName, HookEntry> {
  const make = (event: HookEventName): HookEntry =>
    options.transport === 'command' || COMMAND_ONLY.includes(event)
      ? commandEntry(options.script, event)
      : httpEntry(options, event);
  return new Map(options.events.map((event) => [event, make(event)]));
}

/** True for an entry that an installation of Headspace wrote, whatever its version or folder. */
export function isOurs(entry: unknown): boolean {
  if (!isRecord(entry)) return false;
  const { type, command, url, headers } = entry;
  if (type === 'http') {
    const mine = JSON.stringify(headers ?? {}).includes(`$${TOKEN_VARIABLE}`);
    return mine && typeof url === 'string' && /\/hook\/[a-z-]+$/.test(url);
  }
  return typeof command === 'string' && /(^|\/)headspace-hook'? [A-Za-z]+$/.test(command);
}

/** Quotes a word for sh where it needs it. */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function commandEntry(script: string, event: HookEventName): HookEntry {
  return {
    type: 'command',
    command: `${shellQuote(script)} ${event}`,
    timeout: TIMEOUT_SECONDS,
  };
}

function httpEntry(options: EntryOptions, event: HookEventName): HookEntry {
  return {
    type: 'http',
    url: `${options.serverUrl}/hook/${hookSlug(event)}`,
    headers: {
      authorization: `Bearer $${TOKEN_VARIABLE}`,
      [HOOK_HEADERS.host]: options.hostId,
      [HOOK_HEADERS.entrypoint]: '$CLAUDE_CODE_ENTRYPOINT',
      [HOOK_HEADERS.tmux]: '$TMUX',
      [HOOK_HEADERS.tmuxPane]: '$TMUX_PANE',
    },
    allowedEnvVars: [TOKEN_VARIABLE, 'CLAUDE_CODE_ENTRYPOINT', 'TMUX', 'TMUX_PANE'],
    timeout: 3,
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
