import { PromptList, type PromptView } from '@headspace/contract';
import type { Command } from 'commander';
import { get } from '../api.ts';
import type { CliContext } from '../context.ts';
import { findAgent } from '../find-agent.ts';
import {
  addSharedOptions,
  colorsFor,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import type { Colors } from '../output/colors.ts';
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

const MOST = 20;

/** `headspace prompts`: what waits for an agent, what failed, and what has arrived of late. */
export function addPrompts(program: Command, context: CliContext): void {
  addSharedOptions(program.command('prompts'))
    .description('show the prompts of an agent: what waits, failed or has arrived')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .addHelpText('after', '\nExample:\n  headspace prompts shop')
    .action(async (name: string, options: SharedOptions) => {
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const path = `/api/agents/${agent.id}/prompts?limit=${MOST}`;
      const { prompts } = await get(site, path, PromptList);
      if (options.json) {
        printJson(context, { prompts });
        return;
      }
      if (prompts.length === 0) {
        context.stdout.write(`No prompt has been given to ${agent.name}.\n`);
        return;
      }
      const colors = colorsFor(context);
      const rows = prompts.map((prompt) => rowOf(prompt, context.now(), colors));
      const head = ['PROMPT', 'STATE', 'GIVEN', 'TEXT'];
      context.stdout.write(table([head, ...rows], terminalWidth(context)));
    });
}

function rowOf(prompt: PromptView, now: number, colors: Colors): string[] {
  const paint = { failed: colors.red, accepted: colors.green, cancelled: colors.dim };
  const { state } = prompt;
  const word = state in paint ? paint[state as keyof typeof paint](state) : state;
  const place = prompt.place === null ? '' : ` ${prompt.place}`;
  const why = prompt.reason === null ? '' : `(${oneLine(prompt.reason)}) `;
  const age = duration(now - Date.parse(prompt.createdAt));
  return [String(prompt.id), `${word}${place}`, `${age} ago`, why + oneLine(prompt.text)];
}
