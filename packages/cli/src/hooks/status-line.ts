/**
 * Claude Code's `statusLine` setting: ours in the place of the user's command, which is kept and run
 * by our script. Pure edits of text; every other key of the setting stays as it is.
 */
import { isRecord, shellQuote } from './entries.ts';
import {
  append,
  JsoncError,
  layoutOf,
  memberOf,
  memberValue,
  parseJsonc,
  remove,
  valueOf,
  type Node,
} from './jsonc-edit.ts';

/**
 * - `installed`      ours, running the user's own command where there is one
 * - `outdated`       ours, of another installation
 * - `not installed`  none, or somebody else's
 * - `not possible`   a setting that is no command and so cannot be run by us
 */
export type StatusLineState = 'installed' | 'outdated' | 'not installed' | 'not possible';

/** The command that goes into the settings. `id` names the file that keeps the user's own one. */
export function statusLineCommand(script: string, id: string | null): string {
  return id === null ? shellQuote(script) : `${shellQuote(script)} ${id}`;
}

/** The command in the settings; null where there is none that could be run. */
export function configuredCommand(text: string): string | null {
  const value = settingOf(text);
  const { type, command } = isRecord(value) ? value : {};
  return type === 'command' && typeof command === 'string' ? command : null;
}

/** True for a command that an installation of Headspace wrote, whatever its folder. */
export function isOurCommand(command: string): boolean {
  return /(^|\/)headspace-statusline'?( [0-9a-f]+)?$/.test(command);
}

/** @param wanted the command as `statusLineCommand` makes it for this file */
export function statusLineState(text: string, wanted: string): StatusLineState {
  const value = settingOf(text);
  const command = configuredCommand(text);
  if (command === null) return value === undefined ? 'not installed' : 'not possible';
  if (!isOurCommand(command)) return 'not installed';
  return command === wanted ? 'installed' : 'outdated';
}

/** Text with `command` as the status line's; unchanged where the setting is of another kind. */
export function putStatusLine(text: string, command: string): string {
  const base = text.trim() === '' ? '{}\n' : text;
  const root = rootOf(base);
  if (memberOf(root, 'statusLine')) return withCommand(base, command);
  const item = `"statusLine": { "type": "command", "command": ${JSON.stringify(command)} }`;
  return append(base, root, item, 1, layoutOf(base));
}

/** Text with the user's own command again, or without a status line where there was none. */
export function takeStatusLine(text: string, own: string | null): string {
  if (text.trim() === '') return text;
  const command = configuredCommand(text);
  if (command === null || !isOurCommand(command)) return text;
  if (own !== null) return withCommand(text, own);
  const root = rootOf(text);
  const member = memberOf(root, 'statusLine');
  return member ? remove(text, root, member) : text;
}

function withCommand(text: string, command: string): string {
  const setting = memberValue(rootOf(text), 'statusLine');
  const node = setting && memberValue(setting, 'command');
  if (!node || configuredCommand(text) === null) return text;
  const end = node.offset + node.length;
  return text.slice(0, node.offset) + JSON.stringify(command) + text.slice(end);
}

function settingOf(text: string): unknown {
  if (text.trim() === '') return undefined;
  const node = memberValue(rootOf(text), 'statusLine');
  return node && valueOf(node);
}

function rootOf(text: string): Node {
  const root = parseJsonc(text);
  if (root.type === 'object') return root;
  throw new JsoncError(`the file must be an object, not ${root.type}`, text, root.offset);
}
