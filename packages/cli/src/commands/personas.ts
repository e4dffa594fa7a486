/** `headspace personas …`: who agents can be, and what they have learned. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addPersonaGive } from './persona-give.ts';
import { addPersonaLearnings } from './persona-learnings.ts';
import { addPersonaList, addPersonaShow } from './persona-list.ts';
import { addPersonaNew } from './persona-new.ts';

export function addPersonas(program: Command, context: CliContext): void {
  const personas = program
    .command('personas')
    .description('show and make personas, give them to agents, review what they have learned');
  addPersonaList(personas, context);
  addPersonaShow(personas, context);
  addPersonaNew(personas, context);
  addPersonaGive(personas, context);
  addPersonaLearnings(personas, context);
}
