/** Sets and takes out settings in `config.yaml`: only what is named, checked against the table. */
import {
  checkSetting,
  isSettingName,
  type ConfigProblem,
  type SettingName,
  type SettingValue,
} from '@headspace/contract';
import { decode, type ConfigText } from './config-text.ts';
import { editYaml, type ConfigChanges } from './edit-yaml.ts';
import { ConfigSyntaxError } from './read-config.ts';
import { updateConfigFile, type UpdateOptions } from './update-config-file.ts';

export type PatchOutcome =
  | { readonly kind: 'written' | 'unchanged' | 'conflict'; readonly text: ConfigText }
  /** Nothing was written: values do not fit, or the file cannot be read or be edited. */
  | { readonly kind: 'invalid' | 'unreadable'; readonly problems: readonly ConfigProblem[] };

export interface PatchOptions extends Omit<UpdateOptions, 'edit'> {
  /** New values by name, of any type; null takes the name out. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Decides whether the content is what the caller has seen; left out, any is. */
  readonly matches?: (etag: string) => boolean;
}

/** Throws ConfigBusyError and what the file system says. */
export async function patchConfig(options: PatchOptions): Promise<PatchOutcome> {
  const { changes, matches = () => true, ...file } = options;
  const checked = checkChanges(changes);
  if (checked.problems.length > 0) return { kind: 'invalid', problems: checked.problems };
  let conflict = false;
  const edit = (current: ConfigText): string | null => {
    conflict = !matches(current.etag);
    if (conflict) return null;
    const before = decode(current);
    const after = editYaml(before, checked.changes);
    return after === before ? null : after;
  };
  try {
    const { text, changed } = await updateConfigFile({ ...file, edit });
    return { kind: conflict ? 'conflict' : changed ? 'written' : 'unchanged', text };
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    return { kind: 'unreadable', problems: [syntaxProblem(options.path, error)] };
  }
}

/** A file that cannot be read, with line and column. */
export function syntaxProblem(file: string, { place, reason }: ConfigSyntaxError): ConfigProblem {
  const at = place === null ? '' : `:${String(place.line)}:${String(place.column)}`;
  const line = place?.line ?? null;
  return { path: `${file}${at}`, reason, name: null, line, column: place?.column ?? null };
}

interface Checked {
  readonly changes: ConfigChanges;
  readonly problems: readonly ConfigProblem[];
}

/** Checks each value; the paths of problems are names. */
export function checkChanges(changes: Readonly<Record<string, unknown>>): Checked {
  const valid = new Map<SettingName, SettingValue>();
  const problems: ConfigProblem[] = [];
  const refuse = (name: string, reason: string): void => {
    problems.push({ path: name, reason, name, line: null, column: null });
  };
  for (const [name, raw] of Object.entries(changes)) {
    if (!isSettingName(name)) refuse(name, 'there is no such setting');
    else if (raw === null) valid.set(name, null);
    else {
      const result = checkSetting(name, raw);
      if (result.ok) valid.set(name, result.value);
      else refuse(name, result.reason);
    }
  }
  return { changes: valid, problems };
}
