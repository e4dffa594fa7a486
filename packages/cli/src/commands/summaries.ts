import {
  InferenceView,
  ObjectiveAnswer,
  RetryAnswer,
  SummaryList,
  type SummaryView,
} from '@headspace/contract';
import type { Command } from 'commander';
import { get, post, send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import {
  addSharedOptions,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { oneLine, table } from '../output/table.ts';

const MOST = 30;

/** `headspace summaries`: one-line summaries, what they take, and the switches. */
export function addSummaries(program: Command, context: CliContext): void {
  const group = program
    .command('summaries')
    .description('show summaries and what they take; pause, resume, set an objective');
  addShow(group, context);
  for (const verb of ['pause', 'resume'] as const) {
    addSharedOptions(group.command(verb))
      .description(verb === 'pause' ? 'make no summaries until resumed' : 'make summaries again')
      .action(async (options: SharedOptions) => {
        const view = await post(siteFor(context, options), `/api/inference/${verb}`, InferenceView);
        if (options.json) printJson(context, view);
        else context.stdout.write(`${standLine(view)}\n`);
      });
  }
  addSharedOptions(group.command('retry'))
    .description('try again what has failed')
    .action(async (options: SharedOptions) => {
      const answer = await post(siteFor(context, options), '/api/inference/retry', RetryAnswer);
      if (options.json) printJson(context, answer);
      else context.stdout.write(`${answer.retried} are tried again.\n`);
    });
  addObjective(group, context);
}

function addShow(group: Command, context: CliContext): void {
  addSharedOptions(group.command('show', { isDefault: true }))
    .description('show how summaries stand, or those of an agent')
    .argument('[agent]', 'number, name, project, or the beginning of a name')
    .addHelpText('after', '\nExamples:\n  headspace summaries\n  headspace summaries shop --json')
    .action(async (name: string | undefined, options: SharedOptions) => {
      const site = siteFor(context, options);
      if (name !== undefined) {
        const agent = await findAgent(site, name);
        const path = `/api/summaries?agentId=${agent.id}&limit=${MOST}`;
        const list = await get(site, path, SummaryList);
        if (options.json) printJson(context, list);
        else if (list.summaries.length === 0) context.stdout.write('No summaries yet.\n');
        else context.stdout.write(table(rowsOf(list.summaries), terminalWidth(context)));
        return;
      }
      const view = await get(site, '/api/inference', InferenceView);
      if (options.json) printJson(context, view);
      else context.stdout.write(overview(view, terminalWidth(context)));
    });
}

interface ObjectiveOptions extends SharedOptions {
  readonly project?: string;
}

function addObjective(group: Command, context: CliContext): void {
  addSharedOptions(group.command('objective'))
    .description('set what agents are ranked against; "" takes it away')
    .argument('<text>', 'what is to be reached, in a sentence')
    .option('--project <id>', 'only for the agents of this project')
    .addHelpText(
      'after',
      '\nExample:\n  headspace summaries objective "the login has to be stable"',
    )
    .action(async (text: string, options: ObjectiveOptions) => {
      const projectId = projectOf(options.project);
      const path = '/api/inference/objective';
      const body = { text, projectId };
      const answer = await send(siteFor(context, options), 'POST', path, body, ObjectiveAnswer);
      if (options.json) printJson(context, answer);
      else if (answer.objective === null) context.stdout.write('There is no objective now.\n');
      else context.stdout.write('Set. Agents are ranked in a moment: `headspace summaries`.\n');
    });
}

function projectOf(given: string | undefined): number | null {
  if (given === undefined) return null;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new CliError(`"${given}" is no number of a project`, {
    hint: '`headspace agents --json` shows them under project.id.',
    exitCode: EXIT.usage,
  });
}

function overview(view: InferenceView, width: number | null): string {
  const { objectives, projects, budget } = view;
  const limit = budget.dailyTokens === null ? '' : ` of ${budget.dailyTokens}`;
  const rows = projects.map(({ name, tokens, dollars, line }) => [
    oneLine(name ?? 'all projects'),
    `${tokens}${limit} tokens`,
    `$${dollars.toFixed(4)}`,
    oneLine(line ?? ''),
  ]);
  const ranked = objectives.flatMap(({ text, scores }) => [
    `\nObjective: ${oneLine(text)}\n`,
    table(
      (scores ?? []).map(({ agentId, score, reason }) => [
        String(score),
        `#${agentId}`,
        oneLine(reason),
      ]),
      width,
    ),
  ]);
  const today = rows.length === 0 ? '' : `\nToday (${budget.day}, UTC)\n${table(rows, width)}`;
  return [`${standLine(view)}\n`, today, ...ranked].join('');
}

function standLine({ provider, model, paused, resting, queue }: InferenceView): string {
  const { queued, claimed, failed, waitingForBudget } = queue;
  const counts = `${queued} queued, ${claimed} under way, ${waitingForBudget} wait for the budget, ${failed} failed`;
  const stand = paused ? 'paused' : resting ? `rests (${oneLine(resting.reason)})` : 'on';
  return `Summaries by ${provider} (${oneLine(model)}): ${stand}; ${counts}`;
}

function rowsOf(summaries: readonly SummaryView[]): string[][] {
  const rows = summaries.map(({ id, kind, state, text, error, frustration }) => [
    String(id),
    kind,
    state,
    frustration === null ? '' : String(frustration),
    oneLine(text ?? error ?? ''),
  ]);
  return [['SUMMARY', 'KIND', 'STATE', 'FRUSTRATION', 'LINE'], ...rows];
}
