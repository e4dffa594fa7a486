/**
 * Whether the dialog on a screen asks what a PermissionRequest has told of. Hooks can lag behind the
 * screen (a server that was down, two dialogs in a row), and then the dialog that stands there is
 * another one. What cannot be compared does not count as the same: a person answers that by the
 * number of an option, having seen it.
 *
 * Dialogs wrap their texts at the width of the pane, so white space is no part of any comparison.
 */
import type { ScreenDialog } from './screen-reading.ts';

export interface ToolRequest {
  readonly tool: string;
  readonly input: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export function showsRequest(dialog: ScreenDialog, { tool, input }: ToolRequest): boolean {
  // The screen shows a plan rendered, or not at all; there is one such dialog at a time.
  if (tool === 'ExitPlanMode') return dialog.kind === 'plan';
  if (dialog.kind !== 'permission') return false;
  const fields = (input ?? {}) as Fields;
  if (tool.startsWith('mcp__')) return showsMcpCall(dialog, tool, fields);
  const command = textOf(fields, 'command');
  if (command !== null) return showsCommand(dialog.rows, command, fields);
  if (FILE_TOOLS.has(tool)) return showsFileChange(dialog.rows, fields);
  return TARGETS.some((name) => {
    const target = textOf(fields, name);
    return target !== null && hasWord(squeeze(dialog.rows.join('')), squeeze(target));
  });
}

const FILE_TOOLS: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);
/** Fields of other tools that their dialogs show unabridged. */
const TARGETS = ['url', 'query', 'file_path', 'path', 'pattern', 'skill'] as const;

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

function textOf(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** Below the command and its description; the last such row, for a command may speak so too. */
const ASKS = /^\s*Do you want to /;
const NEEDS_APPROVAL = /^\s*This command requires approval\s*$/;

/**
 * The command stands whole below the title: `cd x` is not `cd x; rm y`. Where a description follows
 * it, other remarks of the client's may stand below that.
 */
function showsCommand(rows: readonly string[], command: string, fields: Fields): boolean {
  const asks = rows.findLastIndex((row) => ASKS.test(row));
  if (asks === -1) return false;
  const end = NEEDS_APPROVAL.test(rows[asks - 1] ?? '') ? asks - 1 : asks;
  const shown = squeeze(rows.slice(1, end).join(''));
  const description = textOf(fields, 'description');
  if (description === null) return shown === squeeze(command);
  return shown.startsWith(squeeze(command + description));
}

/** Part of a longer path, address or word does not count. */
const GOES_ON = /[\p{L}\p{N}_/.?=&%#~-]/u;

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!GOES_ON.test(text.charAt(at + word.length))) return true;
  }
  return false;
}

/** `deploy - request_deploy(env: "staging") (MCP)`, with every text that it is called with. */
function showsMcpCall({ rows }: ScreenDialog, tool: string, fields: Fields): boolean {
  const [, server = '', ...rest] = tool.split('__');
  const text = squeeze(rows.join(''));
  if (!text.includes(`${server}-${rest.join('__')}(`)) return false;
  return Object.values(fields).every((value) => {
    if (typeof value === 'object' && value !== null) return false;
    const shown = squeeze(typeof value === 'string' ? JSON.stringify(value) : String(value));
    return hasWord(text, shown);
  });
}

/** `Do you want to make this edit to cart.js?` and `… create CHANGELOG.md?`. */
const ABOUT_FILE = /Do you want to .*?(\S[^?]*)\?$/;
/** A row of the change: its number, and a sign where it is a difference and no new file. */
const CHANGED = /^\s*\d+ (?:([+-]) ?| {0,2})(.*)$/;

/** The file, and of what it shows of the change nothing that was not asked for. */
function showsFileChange(rows: readonly string[], fields: Fields): boolean {
  const path = textOf(fields, 'file_path') ?? textOf(fields, 'notebook_path');
  const name = path?.split(/[/\\]/).at(-1);
  const question = rows.findLastIndex((row) => ABOUT_FILE.test(row));
  if (name === undefined || question === -1) return false;
  const asked = rows[question]?.trim() ?? '';
  if (!asked.endsWith(` ${name}?`)) return false;
  const change = rows.slice(0, question).map((row) => CHANGED.exec(row));
  const found = change.flatMap((match) => (match === null ? [] : [match]));
  const content = textOf(fields, 'content') ?? textOf(fields, 'new_source');
  if (found.length === 0) return false;
  return content === null
    ? isSameEdit(found, fields)
    : found.every(([, sign, row = '']) => sign === '-' || isPart(row, content));
}

function isSameEdit(found: readonly RegExpExecArray[], fields: Fields): boolean {
  const edits = Array.isArray(fields['edits']) ? (fields['edits'] as Fields[]) : [fields];
  const before = edits.map((edit) => textOf(edit, 'old_string') ?? '').join('\n');
  const after = edits.map((edit) => textOf(edit, 'new_string') ?? '').join('\n');
  return found.every(([, sign, row = '']) => {
    if (sign === undefined) return true;
    return isPart(row, sign === '+' ? after : before);
  });
}

/** The row stands in the text, or (an edit within a row) has one of its lines in it. */
function isPart(row: string, text: string): boolean {
  const shown = squeeze(row);
  // Taken away without anything in its place: of the row a part is left.
  if (text.trim() === '') return true;
  if (squeeze(text).includes(shown)) return true;
  return text.split('\n').some((line) => line.trim() !== '' && shown.includes(squeeze(line)));
}
