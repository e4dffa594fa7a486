import { KeyResult } from '@headspace/contract';
import type { Command } from 'commander';
import { send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

/** `headspace interrupt`: stops what an agent does, as Escape in its terminal would. */
export function addInterrupt(program: Command, context: CliContext): void {
  addSharedOptions(program.command('interrupt'))
    .description('stop the turn of an agent, as Escape in its terminal would')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .addHelpText('after', '\nExample:\n  headspace interrupt shop')
    .action(async (name: string, options: SharedOptions) => {
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const path = `/api/agents/${agent.id}/interrupt`;
      const result = await send(site, 'POST', path, {}, KeyResult);
      if (options.json) printJson(context, result);
      else if (result.done) context.stdout.write(`${agent.name} was interrupted.\n`);
      else context.stdout.write(`Escape was pressed; ${agent.name} still works.\n`);
      if (!result.done) context.outcome.exitCode = EXIT.failed;
    });
}
