/** What a setting is, read from its schema in the config table. */
import { z } from 'zod';
import { environmentName, SETTINGS, type SettingName } from './config-table.ts';
import type { SettingKind, SettingValue } from './config-view.ts';

export interface SettingDescription {
  readonly name: SettingName;
  readonly help: string;
  readonly kind: SettingKind;
  readonly min: number | null;
  readonly max: number | null;
  /** What a `choice` may be; empty for other kinds. */
  readonly options: readonly string[];
  readonly default: SettingValue;
  readonly secret: boolean;
  readonly live: boolean;
  /** Environment variables that set it, the first found counts. */
  readonly variables: readonly string[];
}

export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** Kind, bounds, default and marks of a setting. */
export function describeSetting(name: SettingName): SettingDescription {
  const row = SETTINGS[name];
  const form = Form.parse(z.toJSONSchema(row.schema, { unrepresentable: 'any' }));
  return {
    name,
    help: row.help,
    kind: kindOf(form),
    min: bound(form.minimum),
    max: bound(form.maximum),
    options: form.enum ?? [],
    default: defaultOf(name),
    secret: 'secret' in row,
    live: 'live' in row,
    variables: [environmentName(name), ...('env' in row ? [row.env] : [])],
  };
}

/** The part of JSON Schema that the table's schemas turn into. */
const Form = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
  anyOf: z.array(z.object({ type: z.unknown() }).partial()).optional(),
});
type Form = z.infer<typeof Form>;

function kindOf(form: Form): SettingKind {
  if (form.enum) return 'choice';
  const types = [form.type, ...(form.anyOf ?? []).map((one) => one.type)].flat();
  if (types.includes('array')) return 'list';
  if (types.includes('integer')) return 'integer';
  if (types.includes('number')) return 'number';
  if (types.includes('boolean')) return 'switch';
  return 'text';
}

/** Of an integer without bounds JSON Schema names the largest safe ones; those are none. */
function bound(value: number | undefined): number | null {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

function defaultOf(name: SettingName): SettingValue {
  return settingValue(SETTINGS[name].schema.safeParse(undefined).data);
}

/** A value of a setting as JSON has it: a missing one is null. */
export function settingValue(value: unknown): SettingValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return Array.isArray(value) ? value.map(String) : null;
}

export type SettingCheck =
  | { readonly ok: true; readonly value: SettingValue }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a value from a flag, a variable, a file or a person against the table. The reason names
 * the value, unless it is secret.
 */
export function checkSetting(name: SettingName, raw: unknown): SettingCheck {
  const row = SETTINGS[name];
  const shown = 'secret' in row ? '' : ` (got ${JSON.stringify(raw) ?? 'nothing'})`;
  const kind = kindOf(Form.parse(z.toJSONSchema(row.schema, { unrepresentable: 'any' })));
  // Coercion takes true, [] and '' for numbers.
  const isNumeric = typeof raw === 'number' || (typeof raw === 'string' && raw.trim() !== '');
  if ((kind === 'integer' || kind === 'number') && raw !== undefined && !isNumeric) {
    return { ok: false, reason: `expected a number${shown}` };
  }
  const result = row.schema.safeParse(raw);
  if (result.success) return { ok: true, value: settingValue(result.data) };
  return { ok: false, reason: `${reasonsOf(result.error)}${shown}` };
}

/** What is wrong, in one line. Of a union with a list only the list's own reason tells something. */
function reasonsOf(error: z.ZodError): string {
  const reasons = error.issues.map((issue) => {
    if (issue.code !== 'invalid_union') return issue.message;
    return 'expected a list of texts';
  });
  return reasons.join('; ');
}
