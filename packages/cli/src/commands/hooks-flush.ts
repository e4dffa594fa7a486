import { flushSpool } from '@headspace/home';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { EXIT } from '../errors.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

/** `headspace hooks flush`: delivers what the hooks could not hand over. */
export function addHooksFlush(hooks: Command, context: CliContext): void {
  addSharedOptions(hooks.command('flush'))
    .description('deliver the events that wait in the spool, oldest first')
    .addHelpText('after', '\nExample:\n  headspace hooks flush')
    .action(async (options: SharedOptions) => {
      const { paths, serverUrl } = siteFor(context, options);
      const result = await flushSpool({ paths, serverUrl, now: context.now() });
      if (result?.stoppedBy) context.outcome.exitCode = EXIT.unreachable;
      if (options.json) {
        printJson(context, result ?? { running: true });
        return;
      }
      if (result === null) context.stdout.write('Another process is delivering the spool.\n');
      else {
        const { delivered, rejected, waiting, stoppedBy } = result;
        const young =
          waiting > 0 ? '; the waiting are so young that their hook may be sending' : '';
        const end = stoppedBy === null ? young : `; stopped because ${stoppedBy}`;
        context.stdout.write(
          `${delivered} delivered, ${waiting} waiting, ${rejected} refused by the server${end}.\n`,
        );
      }
    });
}
