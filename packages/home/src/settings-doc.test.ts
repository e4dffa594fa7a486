/** The table in docs/guide/configuration.md says of each setting what the code does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentName, SETTINGS, type SettingName } from '@headspace/contract';
import { expect, it } from 'vitest';
import { flagName } from './settings.ts';

const GUIDE = join(import.meta.dirname, '../../../docs/guide/configuration.md');

it('has a row for each setting, with its default, variable and flag', () => {
  const names = Object.keys(SETTINGS) as SettingName[];
  expect(tableRows(readFileSync(GUIDE, 'utf8'))).toEqual(names.map(rowOf));
});

function rowOf(name: SettingName): string {
  const row = SETTINGS[name];
  const value = row.schema.safeParse(undefined).data;
  const text = value === undefined ? 'none' : `\`${JSON.stringify(value).replaceAll('"', '')}\``;
  const extra = 'env' in row ? `, \`${row.env}\`` : '';
  const marks = `${'secret' in row ? ' Never shown.' : ''}${'live' in row ? ' Live.' : ''}`;
  const help = `${row.help}${marks}`;
  const variable = `\`${environmentName(name)}\`${extra}`;
  return `| \`${name}\` | ${text} | ${variable} | \`${flagName(name)}\` | ${help} |`;
}

/** Rows that name a variable, without the blanks that align them. */
function tableRows(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^\|.*`HEADSPACE_[A-Z_]+`/.test(line))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim());
}
