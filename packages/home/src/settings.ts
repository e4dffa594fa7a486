/**
 * Settings from flags, environment and `config.yaml`, checked against the one table in contract.
 * Pure: the caller reads the file and the environment.
 */
import {
  checkSetting,
  type ConfigProblem,
  describeSetting,
  isSettingName,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  type SettingSource,
  type SettingValue,
} from '@headspace/contract';
import { syntaxProblem } from './config/patch-config.ts';
import { ConfigSyntaxError, readConfig } from './config/read-config.ts';

export interface SettingsSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by setting name, as typed after `--server-port` and the like. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  /** `config.yaml` as text; undefined if there is none. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
}

/** One or more settings are wrong; the message names each with its place and reason. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((p) => `${p.path}: ${p.reason}`).join('\n'));
    this.problems = problems;
  }
}

export interface ResolvedSetting {
  readonly name: SettingName;
  /** Null where there is none, or a wrong one. */
  readonly value: SettingValue;
  readonly source: SettingSource;
  /** `--log-level`, `HEADSPACE_LOG_LEVEL` or `config.yaml:3`; null for a default. */
  readonly origin: string | null;
  readonly inFile: boolean;
  readonly fileValue: SettingValue;
}

export interface ResolvedSettings {
  /** In the order of the table. */
  readonly rows: readonly ResolvedSetting[];
  readonly problems: readonly ConfigProblem[];
  /** In the file: names that no setting has, and wrong values that something else goes before. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * All settings with their values. Order: flag, environment, file, default. In the environment the
 * `HEADSPACE_…` name goes before the additional one; an empty variable counts as not set. Names in
 * the file that no setting has are left alone. Throws SettingsError with every problem found.
 */
export function loadSettings(sources: SettingsSources): Settings {
  const resolved = resolveSettings(sources);
  if (resolved.problems.length > 0) throw new SettingsError(resolved.problems);
  return settingsOf(resolved);
}

/** The values of rows without problems, in the types of the table. */
export function settingsOf({ rows }: Pick<ResolvedSettings, 'rows'>): Settings {
  // checkSetting has parsed each by its schema; what has no value is undefined there.
  return Object.fromEntries(rows.map((row) => [row.name, row.value ?? undefined])) as Settings;
}

/** As loadSettings, with where each value comes from, and with problems as values. */
export function resolveSettings({ env, flags = {}, file }: SettingsSources): ResolvedSettings {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const fromFile = file ? readFile(file, problems, warnings) : new Map<SettingName, Found>();
  const rows = SETTING_NAMES.map((name) => {
    const inFile = fromFile.get(name);
    const candidate = override(name, env, flags) ?? inFile;
    const check = checkSetting(name, candidate?.raw);
    // What the file says is checked also where something else goes before it: one day it counts.
    const fileCheck = inFile && checkSetting(name, inFile.raw);
    if (!check.ok) problems.push(problemOf(name, candidate, check.reason));
    else if (fileCheck?.ok === false) warnings.push(problemOf(name, inFile, fileCheck.reason));
    return {
      name,
      value: check.ok ? check.value : null,
      source: candidate?.source ?? 'default',
      origin: candidate?.origin ?? null,
      inFile: inFile !== undefined,
      fileValue: fileCheck?.ok === true ? fileCheck.value : null,
    };
  });
  return { rows, problems, warnings };
}

interface Found {
  readonly raw: unknown;
  readonly source: SettingSource;
  readonly origin: string;
  /** Where a person looks for it. */
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
}

function override(
  name: SettingName,
  env: SettingsSources['env'],
  flags: NonNullable<SettingsSources['flags']>,
): Found | undefined {
  const nowhere = { line: null, column: null };
  const flag = flagName(name);
  if (flags[name] !== undefined) {
    return { raw: flags[name], source: 'flag', origin: flag, path: flag, ...nowhere };
  }
  for (const variable of describeSetting(name).variables) {
    const raw = env[variable];
    if (raw) return { raw, source: 'environment', origin: variable, path: variable, ...nowhere };
  }
  return undefined;
}

function problemOf(name: SettingName, found: Found | undefined, reason: string): ConfigProblem {
  const { path = name, line = null, column = null } = found ?? {};
  return { path, reason, name, line, column };
}

/** `server.port` → `--server-port`. */
export function flagName(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`).replaceAll('.', '-')}`;
}

function readFile(
  file: { path: string; text: string },
  problems: ConfigProblem[],
  warnings: ConfigProblem[],
): Map<SettingName, Found> {
  const found = new Map<SettingName, Found>();
  try {
    const { leaves, place } = readConfig(file.text);
    for (const { name, value, entry } of leaves) {
      const at = place(entry.key.range[0]);
      const path = `${file.path}: ${name}`;
      // `port:` with nothing behind it says nothing.
      if (isSettingName(name) && value === null) found.delete(name);
      else if (isSettingName(name)) {
        const origin = `config.yaml:${String(at.line)}`;
        found.set(name, { raw: value, source: 'file', origin, path, ...at });
      } else warnings.push({ path, reason: 'there is no such setting', name, ...at });
    }
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    problems.push(syntaxProblem(file.path, error));
  }
  return found;
}
