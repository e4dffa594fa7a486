/**
 * The table in docs/guide/configuration.md says of each setting what the code does. To write it anew:
 *
 *   UPDATE_DOCS=1 npx vitest run packages/home/src/settings-doc.test.ts && npm run format
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentName, SETTINGS, type SettingName } from '@headspace/contract';
import { expect, it } from 'vitest';
import { flagName } from './settings.ts';

const GUIDE = join(import.meta.dirname, '../../../docs/guide/configuration.md');

it('has a row for each setting, with its default, variable and flag', () => {
  const names = Object.keys(SETTINGS) as SettingName[];
  if (process.env['UPDATE_DOCS']) writeTable(names.map(rowOf));
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

/** Puts the rows in the place of those that are there, which stand together. */
function writeTable(rows: readonly string[]): void {
  const lines = readFileSync(GUIDE, 'utf8').split('\n');
  const first = lines.findIndex(isRow);
  const others = lines.filter((line) => !isRow(line));
  writeFileSync(GUIDE, others.toSpliced(first, 0, ...rows).join('\n'));
}

const isRow = (line: string): boolean => /^\|.*`HEADSPACE_[A-Z_]+`/.test(line);

/** Rows that name a variable, without the blanks that align them. */
function tableRows(text: string): string[] {
  return text
    .split('\n')
    .filter(isRow)
    .map((line) => line.replaceAll(/\s+/g, ' ').trim());
}
