/**
 * Settings from flags, environment and `config.yaml`, checked against the one table in contract.
 * Pure: the caller reads the file and the environment.
 */
import { environmentName, SETTINGS, type SettingName, type Settings } from '@headspace/contract';
import { parseDocument } from 'yaml';

export interface SettingsSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by setting name, as typed after `--server-port` and the like. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  /** `config.yaml` as text; undefined if there is none. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
}

export interface SettingProblem {
  /** Where the value came from, e.g. `HEADSPACE_SERVER_PORT` or `config.yaml: server.port`. */
  readonly path: string;
  readonly reason: string;
}

/** One or more settings are wrong; the message names each with its place and reason. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];
  constructor(problems: readonly SettingProblem[]) {
    super(problems.map((p) => `${p.path}: ${p.reason}`).join('\n'));
    this.problems = problems;
  }
}

const NAMES = Object.keys(SETTINGS).filter(isSettingName);

/**
 * All settings with their values. Order: flag, environment, file, default. In the environment the
 * `HEADSPACE_…` name goes before the additional one; an empty variable counts as not set.
 * Throws SettingsError with every problem found.
 */
export function loadSettings({ env, flags = {}, file }: SettingsSources): Settings {
  const problems: SettingProblem[] = [];
  const fromFile = file === undefined ? new Map() : readFile(file, problems);
  const entries = NAMES.map((name) => {
    const row = SETTINGS[name];
    const found = find(name, env, flags, fromFile);
    const result = row.schema.safeParse(found?.value);
    if (!result.success) {
      const reason = result.error.issues.map((issue) => issue.message).join('; ');
      const shown = 'secret' in row ? '' : ` (got ${JSON.stringify(found?.value)})`;
      problems.push({ path: found?.path ?? name, reason: `${reason}${shown}` });
    }
    return [name, result.data];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.fromEntries(entries) as Settings;
}

interface Found {
  readonly value: unknown;
  readonly path: string;
}

function find(
  name: SettingName,
  env: SettingsSources['env'],
  flags: NonNullable<SettingsSources['flags']>,
  fromFile: ReadonlyMap<string, Found>,
): Found | undefined {
  if (flags[name] !== undefined) return { value: flags[name], path: flagName(name) };
  const row = SETTINGS[name];
  for (const variable of [environmentName(name), 'env' in row ? row.env : undefined]) {
    const value = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && value) return { value, path: variable };
  }
  return fromFile.get(name);
}

/** `server.port` → `--server-port`. */
export function flagName(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`).replaceAll('.', '-')}`;
}

function readFile(
  file: { path: string; text: string },
  problems: SettingProblem[],
): Map<string, Found> {
  const found = new Map<string, Found>();
  const document = parseDocument(file.text, { prettyErrors: true });
  const [broken] = document.errors;
  if (broken) {
    const [start] = broken.linePos ?? [];
    const at = start ? `:${start.line}:${start.col}` : '';
    problems.push({ path: `${file.path}${at}`, reason: firstLine(broken.message) });
    return found;
  }
  const visit = (value: unknown, path: string): void => {
    const name = path.slice(1);
    if (isSettingName(name)) {
      found.set(name, { value: value ?? undefined, path: `${file.path}: ${name}` });
    } else if (isRecord(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    } else if (path !== '' || (value !== null && value !== undefined)) {
      const reason = path === '' ? 'must hold settings by name' : 'there is no such setting';
      problems.push({ path: path === '' ? file.path : `${file.path}: ${name}`, reason });
    }
  };
  visit(document.toJS(), '');
  return found;
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? text).replace(/ at line \d+, column \d+:?$/, '');
}
