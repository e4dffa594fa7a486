/** `headspace config list`, `get` and `path`. */
import {
  describeSetting,
  isSettingName,
  type SettingName,
  type SettingValue,
} from '@headspace/contract';
import { homePaths, resolveSettings, type ResolvedSetting } from '@headspace/home';
import type { Command } from 'commander';
import { configFile, type CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { printJson, terminalWidth } from '../options.ts';
import { oneLine, table } from '../output/table.ts';

interface JsonOption {
  readonly json?: boolean;
}

export function addConfigList(config: Command, context: CliContext): void {
  config
    .command('list')
    .description('show every setting, its value and where it comes from')
    .option('--json', 'print JSON for programs')
    .addHelpText('after', '\nThe environment is that of this shell; a server can have another.')
    .action((options: JsonOption) => {
      const rows = read(context);
      if (options.json) printJson(context, { settings: rows.map(asJson) });
      else context.stdout.write(table(lines(rows), terminalWidth(context)));
    });
  config
    .command('get <name>')
    .description('print the value of one setting; of a secret only whether it is set')
    .option('--json', 'print JSON for programs')
    .addHelpText('after', '\nExample:\n  headspace config get server.port')
    .action((name: string, options: JsonOption) => {
      const known = settingName(name);
      const row = read(context).find((one) => one.name === known);
      if (!row) return;
      if (options.json) printJson(context, asJson(row));
      else context.stdout.write(`${shown(row)}\n`);
    });
  config
    .command('path')
    .description('print where the file is')
    .option('--json', 'print JSON for programs')
    .action((options: JsonOption) => {
      const { configFile: path } = homePaths(context.env);
      if (options.json) printJson(context, { path });
      else context.stdout.write(`${path}\n`);
    });
}

/** The name as it is, where a setting has it. Throws CliError with the names that are near. */
export function settingName(name: string): SettingName {
  if (isSettingName(name)) return name;
  throw new CliError(`there is no setting ${JSON.stringify(name)}`, {
    hint: '`headspace config list` shows them all.',
    exitCode: EXIT.usage,
  });
}

function read(context: CliContext): readonly ResolvedSetting[] {
  const { env } = context;
  const file = configFile(homePaths(env));
  const { rows, problems } = resolveSettings({ env, file });
  for (const { path, reason } of problems) context.stderr.write(`${path}: ${reason}\n`);
  if (problems.length > 0) context.outcome.exitCode = EXIT.failed;
  return rows;
}

function asJson(row: ResolvedSetting): Record<string, unknown> {
  const { secret, live, default: standard } = describeSetting(row.name);
  const { name, value, source, origin, inFile, fileValue } = row;
  const open = secret ? { value: null, fileValue: null } : { value, fileValue };
  return {
    name,
    ...open,
    isSet: value !== null,
    source,
    origin,
    inFile,
    default: standard,
    secret,
    live,
  };
}

function lines(rows: readonly ResolvedSetting[]): string[][] {
  const body = rows.map((row) => {
    const from = row.origin === null ? 'default' : row.origin;
    const hidden = row.inFile && row.source !== 'file' ? '; also in config.yaml' : '';
    return [row.name, oneLine(shown(row)), `${from}${hidden}`];
  });
  return [['SETTING', 'VALUE', 'FROM'], ...body];
}

function shown({ name, value }: ResolvedSetting): string {
  if (describeSetting(name).secret) return value === null ? 'not set' : 'set';
  return textOf(value);
}

/** A value as `config set` takes it. */
export function textOf(value: SettingValue): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}
