/**
 * Changes single settings in the text of `config.yaml` and leaves every other byte as it is:
 * comments, order, blanks, quotes, line ends, names that no setting has. Pure.
 *
 * It edits by the places of the parsed nodes and never prints a document anew. Each edit is read
 * back: only the named setting may have changed, else the text is refused for a person to edit.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SettingName, SettingValue } from '@headspace/contract';
import { insertSetting } from './insert-setting.ts';
import {
  ConfigSyntaxError,
  leafOf,
  readConfig,
  type Leaf,
  type ParsedConfig,
} from './read-config.ts';
import { removeSetting } from './remove-setting.ts';
import { replaceValue, type PresentValue } from './replace-value.ts';
import { applyEdit, type Edit } from './text-lines.ts';

/** New values by name; null takes the name out. */
export type ConfigChanges = ReadonlyMap<SettingName, SettingValue>;

/** The text with the changes. Throws ConfigSyntaxError where it cannot be read or be changed. */
export function editYaml(text: string, changes: ConfigChanges): string {
  let result = text;
  for (const [name, value] of changes) {
    result = value === null ? removeAll(result, name) : setOne(result, name, value);
  }
  return result;
}

function setOne(text: string, name: SettingName, value: PresentValue): string {
  const config = readConfig(text);
  const leaf = leafOf(config, name);
  if (leaf && isDeepStrictEqual(leaf.value, value)) return text;
  const edit = leaf ? replaceValue(text, leaf, value) : insertSetting(text, config, name, value);
  const wanted = valuesOf(config.leaves).set(name, value);
  return confirmed(text, edit, wanted, { config, leaf, name });
}

function removeAll(text: string, name: SettingName): string {
  let result = text;
  // A name can stand there nested and dotted. Each round takes one out, or throws.
  for (;;) {
    const config = readConfig(result);
    const leaf = leafOf(config, name);
    if (!leaf) return result;
    const wanted = valuesOf(config.leaves.filter((one) => one !== leaf));
    result = confirmed(result, removeSetting(result, leaf), wanted, { config, leaf, name });
  }
}

interface Target {
  readonly config: ParsedConfig;
  readonly leaf: Leaf | undefined;
  readonly name: SettingName;
}

/** The edited text, where it says what it should and nothing else. */
function confirmed(
  text: string,
  edit: Edit | undefined,
  wanted: ReadonlyMap<string, unknown>,
  { config, leaf, name }: Target,
): string {
  const result = edit && applyEdit(text, edit);
  if (result !== undefined && says(result, wanted)) return result;
  const place = leaf ? config.place(leaf.entry.key.range[0]) : null;
  throw new ConfigSyntaxError(`${name} cannot be changed by itself here; edit it by hand`, place);
}

function says(text: string, wanted: ReadonlyMap<string, unknown>): boolean {
  try {
    return isDeepStrictEqual(valuesOf(readConfig(text).leaves), wanted);
  } catch (error) {
    if (error instanceof ConfigSyntaxError) return false;
    throw error;
  }
}

function valuesOf(leaves: readonly Leaf[]): Map<string, unknown> {
  return new Map(leaves.map(({ name, value }) => [name, value]));
}
