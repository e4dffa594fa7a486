/** What installing or uninstalling would write, decided before anything is written. */
import { CliError } from '../errors.ts';
import type { HomePaths } from '@headspace/home';
import type { HookEntry } from './entries.ts';
import {
  deleteInstallRecord,
  readInstallRecord,
  sha256,
  writeInstallRecord,
} from './install-record.ts';
import { JsoncError } from './jsonc-edit.ts';
import { commandId, keepOwnCommand, readOwnCommand } from './own-command.ts';
import { inspectHooks, isCurrent, putHooks, takeHooks, type EventReport } from './settings-edit.ts';
import { encode, readSettingsFile, writeSettingsFile, type SettingsFile } from './settings-file.ts';
import {
  configuredCommand,
  isOurCommand,
  putStatusLine,
  statusLineCommand,
  statusLineState,
  takeStatusLine,
  type StatusLineState,
} from './status-line.ts';

export interface Plan {
  readonly file: SettingsFile;
  /** Text after; undefined where the file goes away. */
  readonly after: string | undefined;
  readonly changes: boolean;
  /** Writes the file and the record of what it was. */
  readonly apply: () => void;
}

export interface Wanted {
  readonly entries: ReadonlyMap<string, HookEntry>;
  /** False leaves the user's status line alone. */
  readonly statusLine: boolean;
  readonly claudeVersion?: string | undefined;
}

/**
 * Plan for putting what is wanted into the file. An old installation of ours is taken out first, so
 * that the record always holds a text without us. Throws CliError for a file that cannot be
 * edited.
 */
export function planInstall(paths: HomePaths, path: string, wanted: Wanted): Plan {
  const file = readSettingsFile(path);
  return explained(file, () => {
    const hooksStand = isCurrent(inspectHooks(file.text, wanted.entries));
    if (hooksStand && lineStands(paths, file, wanted.statusLine)) return unchanged(file);
    const before = withoutUs(paths, file);
    const base = before === undefined ? '' : before.text;
    const own = configuredCommand(base);
    const withHooks = putHooks(base, wanted.entries);
    const after = wanted.statusLine
      ? putStatusLine(withHooks, ourLine(paths, file, own))
      : withHooks;
    const bytes = encode(file, after);
    const record = {
      settingsFile: file.path,
      before: before?.bytes,
      afterSha256: sha256(bytes),
      claudeVersion: wanted.claudeVersion,
    };
    const apply = (): void => {
      // Before the settings, which running sessions take up within seconds.
      if (wanted.statusLine) keepOwnCommand(paths, file.path, own);
      // The record last: a write that is refused must not spoil the record of what is there. A
      // record that a crash left behind does not match the file by its hash and is not used.
      writeSettingsFile(file, bytes);
      writeInstallRecord(paths, record);
    };
    return { file, after, changes: true, apply };
  });
}

/** The user's own command gets an id; without one, every settings file has the same text. */
function ourLine(paths: HomePaths, file: SettingsFile, own: string | null): string {
  return statusLineCommand(paths.statusLineScript, own === null ? null : commandId(file.path));
}

function lineStands(paths: HomePaths, file: SettingsFile, wanted: boolean): boolean {
  const { state } = lineOf(paths, file);
  return wanted
    ? state === 'installed' || state === 'not possible'
    : state === 'not installed' || state === 'not possible';
}

export interface StatusLineReport {
  readonly state: StatusLineState;
  /** The user's own command, run by ours or standing in its place; null where there is none. */
  readonly own: string | null;
}

function lineOf(paths: HomePaths, file: SettingsFile): StatusLineReport {
  const configured = configuredCommand(file.text);
  const ours = configured !== null && isOurCommand(configured);
  const own = ours ? ownCommand(paths, file, configured) : configured;
  return { state: statusLineState(file.text, ourLine(paths, file, own)), own };
}

/** What our command in this file stands for. */
function ownCommand(paths: HomePaths, file: SettingsFile, ours: string): string | null {
  if (!/ [0-9a-f]+$/.test(ours)) return null;
  const kept = readOwnCommand(paths, file.path);
  if (kept !== null) return kept;
  const before = readInstallRecord(paths, file.path)?.before?.toString('utf8');
  return before === undefined ? null : configuredCommand(before.replace(/^\uFEFF/, ''));
}

/** Plan for taking our entries out: the recorded bytes where nothing else changed. */
export function planUninstall(paths: HomePaths, path: string): Plan {
  const file = readSettingsFile(path);
  return explained(file, () => {
    const before = withoutUs(paths, file);
    const apply = (): void => {
      writeSettingsFile(file, before?.bytes);
      deleteInstallRecord(paths, file.path);
    };
    if (before && file.bytes?.equals(before.bytes)) return unchanged(file);
    return { file, after: before?.text, changes: file.bytes !== undefined, apply };
  });
}

/** State of every event and of the status line in the file, as `hooks status` shows it. */
export function inspectFile(
  paths: HomePaths,
  path: string,
  entries: ReadonlyMap<string, HookEntry>,
): { file: SettingsFile; events: EventReport[]; statusLine: StatusLineReport } {
  const file = readSettingsFile(path);
  return explained(file, () => ({
    file,
    events: inspectHooks(file.text, entries),
    statusLine: lineOf(paths, file),
  }));
}

/** The file as it is without our hooks; undefined where it should not exist. */
function withoutUs(
  paths: HomePaths,
  file: SettingsFile,
): { text: string; bytes: Buffer } | undefined {
  if (!file.bytes) return undefined;
  const record = readInstallRecord(paths, file.path);
  if (record && record.afterSha256 === sha256(file.bytes)) {
    if (!record.before) return undefined;
    const text = record.before.toString('utf8').replace(/^\uFEFF/, '');
    return { text, bytes: record.before };
  }
  const beforeText = record?.before?.toString('utf8').replace(/^\uFEFF/, '');
  const configured = configuredCommand(file.text);
  const own = configured === null ? null : ownCommand(paths, file, configured);
  const text = takeStatusLine(takeHooks(file.text, parsesOrUndefined(beforeText)), own);
  const alone = record !== undefined && record.before === undefined && text.trim() === '{}';
  return alone ? undefined : { text, bytes: encode(file, text) };
}

function parsesOrUndefined(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    takeHooks(text);
    return text;
  } catch {
    return undefined;
  }
}

function unchanged(file: SettingsFile): Plan {
  return { file, after: file.text, changes: false, apply: () => undefined };
}

function explained<T>(file: SettingsFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof JsoncError)) throw error;
    throw new CliError(`${file.path}:${error.line}:${error.column}: ${error.message}`, {
      hint: 'Mend the file and run the command again; it was not touched.',
      cause: error,
    });
  }
}
