import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { planUninstall } from '../hooks/plan.ts';
import { addFileOptions, settingsPath } from '../hooks/target.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';
import { carryOut, summary, type WriteOptions } from './hooks-install.ts';

/**
 * `headspace hooks uninstall`: takes the entries out. The script stays: sessions that still run
 * with the old settings would complain about a missing one.
 */
export function addHooksUninstall(hooks: Command, context: CliContext): void {
  addSharedOptions(addFileOptions(hooks.command('uninstall')))
    .description("take Headspace's hooks out of Claude Code's settings")
    .option('-y, --yes', 'do not ask')
    .option('-n, --dry-run', 'only show what would change')
    .addHelpText('after', '\nExample:\n  headspace hooks uninstall --yes')
    .action(async (options: SharedOptions & WriteOptions) => {
      const site = siteFor(context, options);
      const plan = planUninstall(site.paths, settingsPath(context, site, options));
      const written = await carryOut(context, plan, options, () => undefined);
      if (options.json) printJson(context, summary(plan, written));
      else if (written) context.stdout.write(`Took the hooks out of ${plan.file.path}.\n`);
    });
}
