import { PromptView } from '@headspace/contract';
import type { Command } from 'commander';
import { send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';
import { describePrompt } from '../output/prompt-text.ts';

/** `headspace cancel`: takes a prompt back that waits, or puts a failed one aside. */
export function addCancel(program: Command, context: CliContext): void {
  addSharedOptions(program.command('cancel'))
    .description('take back a prompt that still waits, or put a failed one aside')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .argument('<prompt>', 'its number, as `headspace prompts` shows it')
    .addHelpText('after', '\nExample:\n  headspace cancel shop 12')
    .action(async (name: string, prompt: string, options: SharedOptions) => {
      if (!/^\d+$/.test(prompt)) {
        throw new CliError(`"${prompt}" is no number of a prompt`, {
          hint: '`headspace prompts <agent>` shows the numbers.',
          exitCode: EXIT.usage,
        });
      }
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const path = `/api/agents/${agent.id}/prompts/${prompt}`;
      const cancelled = await send(site, 'DELETE', path, null, PromptView);
      if (options.json) printJson(context, cancelled);
      else context.stdout.write(`${describePrompt(cancelled)}\n`);
    });
}
