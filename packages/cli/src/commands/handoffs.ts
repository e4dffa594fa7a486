import { HandoffList, HandoffView } from '@headspace/contract';
import type { Command } from 'commander';
import { get, post } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
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

interface Options extends SharedOptions {
  readonly resume?: string;
  readonly abandon?: string;
}

/** `headspace handoffs`: how handoffs stand; one that has failed is resumed or abandoned. */
export function addHandoffs(program: Command, context: CliContext): void {
  addSharedOptions(program.command('handoffs'))
    .description('show the handoffs, newest first; resume or abandon one')
    .argument('[agent]', 'only those from or to this agent')
    .option('--resume <number>', 'try the failed step of this handoff again')
    .option('--abandon <number>', 'give this handoff up')
    .addHelpText('after', '\nExamples:\n  headspace handoffs shop\n  headspace handoffs --resume 7')
    .action(async (name: string | undefined, options: Options) => {
      const site = siteFor(context, options);
      const act = actOf(options);
      if (act !== null) {
        const handoff = await post(site, `/api/handoffs/${act.id}/${act.name}`, HandoffView);
        if (options.json) printJson(context, handoff);
        else context.stdout.write(`handoff ${handoff.id} is ${handoff.state}\n`);
        return;
      }
      const { handoffs } = await list(site, name);
      if (options.json) printJson(context, { handoffs });
      else if (handoffs.length === 0) context.stdout.write('No agent has handed over.\n');
      else {
        const colors = colorsFor(context);
        const rows = handoffs.map((handoff) => rowOf(handoff, context.now(), colors));
        const head = ['HANDOFF', 'FROM', 'TO', 'STATE', 'EXAM', 'ASKED', 'WHY'];
        context.stdout.write(table([head, ...rows], terminalWidth(context)));
      }
    });
}

async function list(site: Site, name: string | undefined): Promise<HandoffList> {
  const agent = name === undefined ? null : await findAgent(site, name);
  return get(site, `/api/handoffs${agent === null ? '' : `?agent=${agent.id}`}`, HandoffList);
}

function actOf({ resume, abandon }: Options): { id: string; name: string } | null {
  const acts = [
    ...(resume === undefined ? [] : [{ id: resume, name: 'resume' }]),
    ...(abandon === undefined ? [] : [{ id: abandon, name: 'abandon' }]),
  ];
  const [act] = acts;
  if (acts.length > 1) {
    throw new CliError('--resume and --abandon exclude each other', { exitCode: EXIT.usage });
  }
  if (act !== undefined && !/^\d+$/.test(act.id)) {
    throw new CliError(`"${act.id}" is not the number of a handoff`, {
      hint: '`headspace handoffs` shows them.',
      exitCode: EXIT.usage,
    });
  }
  return act ?? null;
}

function rowOf(handoff: HandoffView, now: number, colors: Colors): string[] {
  const { state, failedIn, exam, successorId } = handoff;
  const paint = { failed: colors.red, done: colors.green, abandoned: colors.dim };
  const word = state in paint ? paint[state as keyof typeof paint](state) : state;
  return [
    String(handoff.id),
    String(handoff.agentId),
    successorId === null ? '-' : String(successorId),
    failedIn === null ? word : `${word} (${failedIn})`,
    exam === null ? '-' : String(exam.score),
    `${duration(now - Date.parse(handoff.createdAt))} ago`,
    handoff.why === null ? '' : oneLine(handoff.why),
  ];
}
