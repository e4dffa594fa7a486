/** `headspace personas new`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PersonaView } from '@headspace/contract';
import { systemCode } from '@headspace/home';
import type { Command } from 'commander';
import { send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

interface NewOptions extends SharedOptions {
  readonly skill?: string;
  readonly experience?: string;
  readonly guardrails?: string;
}

export function addPersonaNew(personas: Command, context: CliContext): void {
  addSharedOptions(personas.command('new'))
    .description('make a persona; without a file its skill is a stub to be edited')
    .argument('<persona>', 'its name: lower-case words joined by hyphens')
    .option('--skill <file>', 'what it can do (Markdown)')
    .option('--experience <file>', 'what it has learned')
    .option('--guardrails <file>', 'rules that hold above everything')
    .addHelpText('after', '\nExample:\n  headspace personas new reviewer --skill review.md')
    .action(async (slug: string, options: NewOptions) => {
      const { skill, experience, guardrails } = options;
      const body = {
        slug,
        skill: skill === undefined ? `You are ${slug}.\n` : read(context, skill),
        ...(experience !== undefined && { experience: read(context, experience) }),
        ...(guardrails !== undefined && { guardrails: read(context, guardrails) }),
      };
      const site = siteFor(context, options);
      const made = await send(site, 'POST', '/api/personas', body, PersonaView);
      if (options.json) printJson(context, made);
      else context.stdout.write(`${made.slug} ${made.version ?? ''}\n${made.folder}\n`);
    });
}

function read({ cwd }: CliContext, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new CliError(`${file} cannot be read (${systemCode(cause) ?? 'unknown'})`, {
      exitCode: EXIT.usage,
      cause,
    });
  }
}
