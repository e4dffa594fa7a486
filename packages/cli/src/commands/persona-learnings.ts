/** `headspace personas learnings`: what agents propose to keep, and a person's word on it. */
import { LearningList, LearningView } from '@headspace/contract';
import type { Command } from 'commander';
import { get, send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import {
  addSharedOptions,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

interface LearningOptions extends SharedOptions {
  readonly accept?: string;
  readonly reject?: string;
  readonly text?: string;
  readonly add?: string;
}

export function addPersonaLearnings(personas: Command, context: CliContext): void {
  addSharedOptions(personas.command('learnings'))
    .description('show what a persona could learn; accept or reject it')
    .argument('<persona>', 'name of its folder')
    .option('--accept <learning>', 'adds it to experience.md')
    .option('--reject <learning>', 'leaves it out')
    .option('--text <words>', 'other words for what is accepted')
    .option('--add <words>', 'proposes one')
    .addHelpText('after', '\nExample:\n  headspace personas learnings reviewer --accept 3')
    .action(async (slug: string, options: LearningOptions) => {
      const path = `/api/personas/${encodeURIComponent(slug)}/learnings`;
      const changed = await change(context, path, options);
      if (changed !== null) {
        if (options.json) printJson(context, changed);
        else context.stdout.write(`learning ${changed.id} is ${changed.state}\n`);
        return;
      }
      const list = await get(siteFor(context, options), path, LearningList);
      if (options.json) return printJson(context, list);
      if (list.learnings.length === 0) {
        context.stdout.write(`Nothing has been proposed to ${slug}.\n`);
        return;
      }
      const head = ['LEARNING', 'STATE', 'PROPOSED', 'TEXT'];
      const rows = list.learnings.map((learning) => rowOf(learning, context.now()));
      context.stdout.write(table([head, ...rows], terminalWidth(context)));
    });
}

async function change(
  context: CliContext,
  path: string,
  options: LearningOptions,
): Promise<LearningView | null> {
  const { accept, reject, text, add } = options;
  if ([accept, reject, add].filter((one) => one !== undefined).length > 1) {
    throw new CliError('give one of --accept, --reject and --add', { exitCode: EXIT.usage });
  }
  const site = siteFor(context, options);
  if (add !== undefined) return send(site, 'POST', path, { text: add }, LearningView);
  const id = accept ?? reject;
  if (id === undefined) return null;
  const decision = accept === undefined ? 'reject' : 'accept';
  const body = { decision, ...(text !== undefined && { text }) };
  return send(site, 'POST', `${path}/${encodeURIComponent(id)}`, body, LearningView);
}

function rowOf({ id, state, proposedAt, text }: LearningView, now: number): string[] {
  return [String(id), state, `${duration(now - Date.parse(proposedAt))} ago`, oneLine(text)];
}
