/** `headspace launches` and `headspace stop`: what was started here, and its end. */
import { LaunchList, LaunchView } from '@headspace/contract';
import type { Command } from 'commander';
import { get, send } from '../api.ts';
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
import { duration } from '../output/duration.ts';
import { describeLaunch } from '../output/launch-text.ts';
import { oneLine, table } from '../output/table.ts';

export function addLaunches(program: Command, context: CliContext): void {
  addSharedOptions(program.command('launches'))
    .description('show the agents that were started by Headspace, newest first')
    .action(async (options: SharedOptions) => {
      const { launches } = await get(siteFor(context, options), '/api/launches', LaunchList);
      if (options.json) {
        printJson(context, { launches });
        return;
      }
      if (launches.length === 0) {
        context.stdout.write('Nothing was started yet: `headspace run` starts an agent.\n');
        return;
      }
      const head = ['LAUNCH', 'STATE', 'AGENT', 'ASKED', 'FOLDER'];
      const rows = launches.map((launch) => rowOf(launch, context.now()));
      context.stdout.write(table([head, ...rows], terminalWidth(context)));
    });
}

function rowOf(launch: LaunchView, now: number): string[] {
  const why = launch.reason === null ? '' : ` (${oneLine(launch.reason)})`;
  const age = duration(now - Date.parse(launch.createdAt));
  const agent = launch.agentId === null ? '' : String(launch.agentId);
  return [String(launch.id), `${launch.state}${why}`, agent, `${age} ago`, launch.path];
}

export function addStop(program: Command, context: CliContext): void {
  addSharedOptions(program.command('stop'))
    .description('end an agent that Headspace has started, with its terminal')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .addHelpText('after', '\nExample:\n  headspace stop shop')
    .action(async (name: string, options: SharedOptions) => {
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      if (agent.launchId === null) {
        throw new CliError(`${agent.name} was not started by Headspace`, {
          hint: 'End it in its own terminal, with /exit.',
          exitCode: EXIT.usage,
        });
      }
      const path = `/api/launches/${agent.launchId}/stop`;
      const stopped = await send(site, 'POST', path, {}, LaunchView);
      if (options.json) printJson(context, stopped);
      else context.stdout.write(`${describeLaunch(stopped)}\n`);
    });
}
