/** `headspace personas list` and `headspace personas show`. */
import { PersonaList, type PersonaSummary, PersonaView } from '@headspace/contract';
import type { Command } from 'commander';
import { get } from '../api.ts';
import type { CliContext } from '../context.ts';
import {
  addSharedOptions,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { oneLine, table } from '../output/table.ts';

export function addPersonaList(personas: Command, context: CliContext): void {
  addSharedOptions(personas.command('list'))
    .description('show all personas')
    .action(async (options: SharedOptions) => {
      const list = await get(siteFor(context, options), '/api/personas', PersonaList);
      if (options.json) return printJson(context, list);
      const { guardrails, folder } = list;
      if (list.personas.length === 0) {
        context.stdout.write(`There is no persona in ${folder}: make one with personas new.\n`);
      } else {
        const head = ['PERSONA', 'VERSION', 'AGENTS', 'TO REVIEW'];
        const rows = list.personas.map(rowOf);
        context.stdout.write(table([head, ...rows], terminalWidth(context)));
      }
      const missing = (guardrails.content ?? '').trim() === '';
      const problem = guardrails.problem ?? (missing ? 'there are none' : null);
      if (problem !== null) context.stdout.write(`Guardrails of this machine: ${problem}\n`);
    });
}

function rowOf({ slug, version, problem, agents, pendingLearnings }: PersonaSummary): string[] {
  const names = agents.map((agent) =>
    agent.version === version ? String(agent.id) : `${agent.id} (older)`,
  );
  const state = version ?? `(${oneLine(problem ?? 'unusable')})`;
  return [slug, state, names.join(', '), pendingLearnings === 0 ? '' : String(pendingLearnings)];
}

export function addPersonaShow(personas: Command, context: CliContext): void {
  addSharedOptions(personas.command('show'))
    .description('show the files of a persona')
    .argument('<persona>', 'name of its folder')
    .action(async (slug: string, options: SharedOptions) => {
      const path = `/api/personas/${encodeURIComponent(slug)}`;
      const persona = await get(siteFor(context, options), path, PersonaView);
      if (options.json) return printJson(context, persona);
      const { version, problem, folder, files } = persona;
      context.stdout.write(`${slug} ${version ?? ''}\n${folder}\n`);
      if (problem !== null) context.stdout.write(`cannot be used: ${problem}\n`);
      for (const { name, content } of files) {
        if (content !== null) context.stdout.write(`\n--- ${name}\n${content.trimEnd()}\n`);
      }
    });
}
