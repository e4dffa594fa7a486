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
import { inspectHooks, isCurrent, putHooks, takeHooks, type EventReport } from './settings-edit.ts';
import { encode, readSettingsFile, writeSettingsFile, type SettingsFile } from './settings-file.ts';

export interface Plan {
  readonly file: SettingsFile;
  /** Text after; undefined where the file goes away. */
  readonly after: string | undefined;
  readonly changes: boolean;
  /** Writes the file and the record of what it was. */
  readonly apply: () => void;
}

/**
 * Plan for putting the entries into the file. An old installation of ours is taken out first, so
 * that the record always holds a text without us. Throws CliError for a file that cannot be
 * edited.
 */
export function planInstall(
  paths: HomePaths,
  path: string,
  entries: ReadonlyMap<string, HookEntry>,
  claudeVersion?: string,
): Plan {
  const file = readSettingsFile(path);
  return explained(file, () => {
    if (isCurrent(inspectHooks(file.text, entries))) return unchanged(file);
    const before = withoutUs(paths, file);
    const base = { ...file, text: before === undefined ? '' : before.text };
    const after = putHooks(base.text, entries);
    const bytes = encode(file, after);
    const record = {
      settingsFile: file.path,
      before: before?.bytes,
      afterSha256: sha256(bytes),
      claudeVersion,
    };
    const apply = (): void => {
      // The record last: a write that is refused must not spoil the record of what is there. A
      // record that a crash left behind does not match the file by its hash and is not used.
      writeSettingsFile(file, bytes);
      writeInstallRecord(paths, record);
    };
    return { file, after, changes: true, apply };
  });
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

/** State of every event in the file, as `hooks status` shows it. */
export function inspectFile(
  path: string,
  entries: ReadonlyMap<string, HookEntry>,
): { file: SettingsFile; events: EventReport[] } {
  const file = readSettingsFile(path);
  return explained(file, () => ({ file, events: inspectHooks(file.text, entries) }));
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
  const text = takeHooks(file.text, parsesOrUndefined(beforeText));
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
