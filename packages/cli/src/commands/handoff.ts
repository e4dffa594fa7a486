import { HandoffView } from '@headspace/contract';
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

interface Options extends SharedOptions {
  readonly note?: string;
  readonly reason?: string;
  readonly key?: string;
}

/** `headspace handoff`: an agent writes down what it knows, and a new one goes on from there. */
export function addHandoff(program: Command, context: CliContext): void {
  addSharedOptions(program.command('handoff'))
    .description('let a new agent take over the work of one whose context is full')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .option('--note <text>', 'what both agents shall mind')
    .option('--reason <text>', 'why, for the record')
    .option('--key <key>', 'idempotency key: the same key again is the same handoff')
    .addHelpText(
      'after',
      '\nThe agent is asked at its next rest. `headspace handoffs` shows how it goes.\n' +
        '\nExample:\n  headspace handoff shop --note "the migration is urgent"',
    )
    .action(async (name: string, options: Options) => {
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const { note, reason, key = randomUUID() } = options;
      const body = {
        key,
        ...(note === undefined ? {} : { note }),
        ...(reason === undefined ? {} : { reason }),
      };
      const path = `/api/agents/${agent.id}/handoffs`;
      const handoff = await send(site, 'POST', path, body, HandoffView);
      if (options.json) printJson(context, handoff);
      else context.stdout.write(`handoff ${handoff.id} of ${agent.name} is ${handoff.state}\n`);
    });
}
