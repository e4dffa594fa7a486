/** `headspace personas give`. */
import { AgentPersonaView } from '@headspace/contract';
import type { Command } from 'commander';
import { send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

export function addPersonaGive(personas: Command, context: CliContext): void {
  addSharedOptions(personas.command('give'))
    .description('give a running agent a persona; its text is typed into the session')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .argument('<persona>', 'name of the persona; `none` takes it away')
    .action(async (name: string, slug: string, options: SharedOptions) => {
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const body = { persona: slug === 'none' ? null : slug };
      const path = `/api/agents/${agent.id}/persona`;
      const view = await send(site, 'PUT', path, body, AgentPersonaView);
      if (options.json) return printJson(context, view);
      const [newest] = view.injections;
      const how = view.persona === null || newest === undefined ? '' : `, ${newest.state}`;
      context.stdout.write(`${agent.name}: ${view.persona ?? 'no persona'}${how}\n`);
    });
}
