import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { ensureHome, readLine } from '@headspace/home';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

/** `headspace token`: the operator token, for scripts and for the dashboard's login. */
export function addToken(program: Command, context: CliContext): void {
  addSharedOptions(program.command('token'))
    .description('print the operator token')
    .addHelpText(
      'after',
      '\nExample:\n  curl -H "Authorization: Bearer $(headspace token)" http://127.0.0.1:5055/api/agents',
    )
    .action((options: SharedOptions) => {
      const { paths } = siteFor(context, options);
      ensureHome(paths);
      const token = readLine(paths.operatorToken) ?? '';
      if (options.json) printJson(context, { token, file: paths.operatorToken });
      else context.stdout.write(`${token}\n`);
    });
}
