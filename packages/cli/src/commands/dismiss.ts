import { AgentView } from '@headspace/contract';
import type { Command } from 'commander';
import { get, post } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

const Answer = {
  parse: (value: unknown): AgentView[] => {
    const agents = typeof value === 'object' && value !== null && 'agents' in value && value.agents;
    return AgentView.array().parse(agents);
  },
};

/** `headspace dismiss`: takes an agent off the board, or with `--undo` brings it back. */
export function addDismiss(program: Command, context: CliContext): void {
  addSharedOptions(program.command('dismiss'))
    .description('take an agent off the board; its session is not touched')
    .argument('<agent>', 'number or name of the agent')
    .option('--undo', 'bring it back, as it was')
    .addHelpText(
      'after',
      '\nThe next hook of a session that lives brings its agent back by itself.\n' +
        '\nExamples:\n  headspace dismiss 12\n  headspace dismiss 12 --undo',
    )
    .action(async (name: string, options: SharedOptions & { readonly undo?: boolean }) => {
      const site = siteFor(context, options);
      const { id } = await findAgent(site, name);
      const act = options.undo === true ? 'restore' : 'dismiss';
      const agent = await post(site, `/api/agents/${id}/${act}`, AgentView);
      if (options.json) printJson(context, agent);
      else {
        const done = act === 'dismiss' ? 'is off the board' : `is back: ${agent.reason}`;
        context.stdout.write(`Agent ${id} (${agent.name}) ${done}.\n`);
      }
    });
}

/** By number, or by a name that only one agent has. */
async function findAgent(site: Site, name: string): Promise<AgentView> {
  const agents = await get(site, '/api/agents?include=ended', Answer);
  const found = agents.filter((agent) => String(agent.id) === name || agent.name === name);
  const [agent] = found;
  if (agent !== undefined && found.length === 1) return agent;
  throw new CliError(
    agent === undefined ? `There is no agent ${name}` : `Several agents are called ${name}`,
    { hint: 'Take its number from `headspace agents --all`.', exitCode: EXIT.usage },
  );
}
