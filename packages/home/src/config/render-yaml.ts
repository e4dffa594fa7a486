/** Values as YAML text on one line, in the plainest form that reads back as the same. Pure. */
import type { SettingValue } from '@headspace/contract';
import { parseDocument } from 'yaml';

/** Text that needs no quotes anywhere, also not within `[…]` and `{…}`. */
const PLAIN = /^[A-Za-z0-9_./~][A-Za-z0-9_./~+@ -]*$/;

/** @param value no null: that is a key which is not there */
export function renderYaml(value: Exclude<SettingValue, null>): string {
  if (Array.isArray(value)) return `[${value.map(renderText).join(', ')}]`;
  return typeof value === 'string' ? renderText(value) : String(value);
}

function renderText(text: string): string {
  const isPlain = PLAIN.test(text) && !text.endsWith(' ') && parseDocument(text).toJS() === text;
  return isPlain ? text : quoted(text);
}

/** JSON is YAML, but for the characters that YAML calls not printable and JSON does not escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
