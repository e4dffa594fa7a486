/** `headspace config set` and `unset`. */
import { text } from 'node:stream/consumers';
import { describeSetting, type ConfigProblem, type SettingName } from '@headspace/contract';
import {
  ConfigBusyError,
  ensureHome,
  homePaths,
  patchConfig,
  resolveSettings,
} from '@headspace/home';
import type { Command } from 'commander';
import { configFile, type CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { printJson } from '../options.ts';
import { settingName } from './config-list.ts';

interface JsonOption {
  readonly json?: boolean;
}

export function addConfigSet(config: Command, context: CliContext): void {
  config
    .command('set <name> <value>')
    .description('write a setting into config.yaml; all else there stays as it is')
    .option('--json', 'print JSON for programs')
    .addHelpText(
      'after',
      '\nThe value - is read from standard input, so that a secret is in no list of processes.\n' +
        'A list has commas.\n\nExamples:\n  headspace config set log.level debug\n' +
        '  headspace config set database.url - < url.txt',
    )
    .action(async (name: string, value: string, options: JsonOption) => {
      const known = settingName(name);
      const given = value === '-' ? (await text(context.stdin)).replace(/\r?\n$/, '') : value;
      await change(context, { [known]: given }, options);
    });
  config
    .command('unset <names...>')
    .description('take settings out of config.yaml, back to their defaults')
    .option('--json', 'print JSON for programs')
    .addHelpText('after', '\nExample:\n  headspace config unset log.level')
    .action(async (names: string[], options: JsonOption) => {
      const changes = names.map((name) => [settingName(name), null] as const);
      await change(context, Object.fromEntries(changes), options);
    });
}

async function change(
  context: CliContext,
  changes: Readonly<Partial<Record<SettingName, string | null>>>,
  { json }: JsonOption,
): Promise<void> {
  const paths = homePaths(context.env);
  ensureHome(paths);
  const outcome = await patchConfig({ path: paths.configFile, changes }).catch(busy);
  if ('problems' in outcome) throw refused(outcome.kind, outcome.problems);
  const names = Object.keys(changes).map(settingName);
  const changed = outcome.kind === 'written';
  const notes = changed ? names.flatMap((name) => notesOn(context, name)) : [];
  if (json) {
    printJson(context, { changed, file: paths.configFile, etag: outcome.text.etag, notes });
    return;
  }
  context.stdout.write(
    changed ? `Written to ${paths.configFile}.\n` : `${paths.configFile} says so already.\n`,
  );
  for (const note of notes) context.stdout.write(`  ${note}\n`);
}

/** When the new value counts, and what goes before it. */
function notesOn(context: CliContext, name: SettingName): string[] {
  const { env } = context;
  const { rows } = resolveSettings({ env, file: configFile(homePaths(env)) });
  const row = rows.find((one) => one.name === name);
  const over =
    row?.source === 'environment' ? [`${name}: ${row.origin ?? ''} goes before it.`] : [];
  const when = describeSetting(name).live
    ? `${name}: a running server takes it over at once.`
    : `${name}: a running server needs a restart.`;
  return [when, ...over];
}

function refused(kind: 'invalid' | 'unreadable', problems: readonly ConfigProblem[]): CliError {
  const list = problems.map(({ path, reason }) => `${path}: ${reason}`).join('\n');
  if (kind === 'invalid') return new CliError(list, { exitCode: EXIT.usage });
  return new CliError(list, {
    hint: 'Correct it with `headspace config edit`; nothing was written.',
  });
}

function busy(error: unknown): never {
  if (error instanceof ConfigBusyError) throw new CliError(error.message, { cause: error });
  throw error;
}
