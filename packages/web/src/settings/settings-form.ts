/** What a person has typed into the settings form, and what becomes of it. Pure. */
import type { ConfigView, Problem, SettingValue, SettingView } from '@headspace/contract';

/** Typed text by name; null takes the setting out of the file. What is not typed is not sent. */
export type Drafts = ReadonlyMap<string, string | null>;

export interface SettingsForm {
  /** The settings that the person has seen: changes are made on this content. */
  readonly base: ConfigView;
  readonly drafts: Drafts;
  /** Reasons of the server by name. */
  readonly errors: ReadonlyMap<string, string>;
  /** What stands in the file now, for names that somebody else has changed too. */
  readonly conflicts: ReadonlyMap<string, SettingView>;
}

export function formOf(base: ConfigView): SettingsForm {
  return { base, drafts: new Map(), errors: new Map(), conflicts: new Map() };
}

/** The text of a value, as it stands in a field. */
export function fieldText(value: SettingValue): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The text that the field of a setting shows: what is in the file, else what counts. */
export function storedText(setting: SettingView): string {
  return fieldText(setting.inFile ? setting.fileValue : setting.value);
}

/** Typing back what was there takes the change back. */
export function withDraft(form: SettingsForm, name: string, text: string | null): SettingsForm {
  const setting = form.base.settings.find((one) => one.name === name);
  const drafts = new Map(form.drafts);
  const isSame =
    setting === undefined || (text === null ? !setting.inFile : text === originalText(setting));
  if (isSame) drafts.delete(name);
  else drafts.set(name, text);
  return {
    ...form,
    drafts,
    errors: without(form.errors, name),
    conflicts: without(form.conflicts, name),
  };
}

function originalText(setting: SettingView): string {
  return setting.secret ? '' : storedText(setting);
}

function without<V>(map: ReadonlyMap<string, V>, name: string): Map<string, V> {
  const left = new Map(map);
  left.delete(name);
  return left;
}

/** The body of the PATCH. What is no number goes as it was typed: the server says what is wrong. */
export function patchOf(form: SettingsForm): Record<string, SettingValue> {
  const entries = [...form.drafts].map(([name, text]): [string, SettingValue] => {
    const setting = form.base.settings.find((one) => one.name === name);
    return [name, text === null ? null : typedValue(setting, text)];
  });
  return Object.fromEntries(entries);
}

function typedValue(setting: SettingView | undefined, text: string): SettingValue {
  const trimmed = text.trim();
  switch (setting?.kind) {
    case 'integer':
    case 'number': {
      const number = Number(trimmed);
      return trimmed !== '' && Number.isFinite(number) ? number : text;
    }
    case 'switch':
      return text === 'true';
    case 'list':
      return trimmed.split(/[\s,]+/).filter((item) => item !== '');
    default:
      return text;
  }
}

/** What would put the file back to where it was. Secrets are not known here, so they stay. */
export function undoOf(form: SettingsForm): Record<string, SettingValue> {
  const changed = form.base.settings.filter((one) => form.drafts.has(one.name) && !one.secret);
  return Object.fromEntries(changed.map((one) => [one.name, one.inFile ? one.fileValue : null]));
}

/** The form after a refusal: reasons stand at their fields, and what others changed beside it. */
export function withRefusal(form: SettingsForm, problem: Problem): SettingsForm {
  const errors = new Map((problem.errors ?? []).map((one) => [one.path, one.message]));
  const { current } = problem;
  if (!current) return { ...form, errors };
  const conflicts = current.settings.filter(({ name, inFile, fileValue, isSet }) => {
    const seen = form.base.settings.find((one) => one.name === name);
    const isSame =
      seen?.inFile === inFile &&
      seen.isSet === isSet &&
      JSON.stringify(seen.fileValue) === JSON.stringify(fileValue);
    return form.drafts.has(name) && !isSame;
  });
  return {
    ...form,
    base: current,
    errors,
    conflicts: new Map(conflicts.map((one) => [one.name, one])),
  };
}

export interface SettingGroup {
  readonly name: string;
  readonly settings: readonly SettingView[];
}

/** By the first part of the name, in the order of the table; only those that fit the search. */
export function groupsOf(settings: readonly SettingView[], search: string): SettingGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, SettingView[]>();
  for (const setting of settings) {
    const text = `${setting.name} ${setting.help} ${setting.variables.join(' ')}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const name = setting.name.split('.')[0] ?? setting.name;
    groups.set(name, [...(groups.get(name) ?? []), setting]);
  }
  return [...groups].map(([name, found]) => ({ name, settings: found }));
}
