/** `headspace config validate`: what is wrong, with its place. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigProblem } from '@headspace/contract';
import { homePaths, resolveSettings, type SettingsSources } from '@headspace/home';
import type { Command } from 'commander';
import { configFile, type CliContext } from '../context.ts';
import { EXIT } from '../errors.ts';
import { printJson } from '../options.ts';

export function addConfigValidate(config: Command, context: CliContext): void {
  config
    .command('validate [file]')
    .description('check config.yaml, or another file, and the environment')
    .option('--json', 'print JSON for programs')
    .addHelpText('after', '\nExit codes: 0 good, also with names that no setting has; 1 wrong.')
    .action((file: string | undefined, { json }: { json?: boolean }) => {
      const { problems, warnings } = resolveSettings({
        env: context.env,
        file: file === undefined ? configFile(homePaths(context.env)) : other(context, file),
      });
      const ok = problems.length === 0;
      if (!ok) context.outcome.exitCode = EXIT.failed;
      if (json) {
        printJson(context, { ok, problems, warnings });
        return;
      }
      const { stdout } = context;
      for (const problem of problems) stdout.write(`wrong    ${sentence(problem)}\n`);
      for (const warning of warnings) stdout.write(`ignored  ${sentence(warning)}\n`);
      if (ok) stdout.write('The settings are good.\n');
    });
}

function other(context: CliContext, file: string): SettingsSources['file'] {
  const path = resolve(context.cwd, file);
  return { path, text: readFileSync(path, 'utf8') };
}

/** A problem with its line, where the path does not end with it. */
export function sentence({ path, reason, name, line }: ConfigProblem): string {
  return `${path}${line === null || name === null ? '' : ` (line ${String(line)})`}: ${reason}`;
}
