import { KeyResult, type TerminalDialog, TerminalView } from '@headspace/contract';
import type { Command } from 'commander';
import { get, send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';

interface AnswerOptions extends SharedOptions {
  readonly expect?: string;
}

/** `headspace answer`: shows the dialog on an agent's screen, or chooses one of its options. */
export function addAnswer(program: Command, context: CliContext): void {
  addSharedOptions(program.command('answer'))
    .description('show the dialog that an agent waits in, or choose one of its options')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .argument('[option]', 'number of the option, or "escape" to leave the dialog')
    .option('--expect <fingerprint>', 'answer only this dialog; --json shows its fingerprint')
    .addHelpText('after', '\nExamples:\n  headspace answer shop\n  headspace answer shop 1')
    .action(async (name: string, option: string | undefined, options: AnswerOptions) => {
      const chosen = option === undefined ? undefined : optionOf(option);
      const site = siteFor(context, options);
      const agent = await findAgent(site, name);
      const path = `/api/agents/${agent.id}`;
      const terminal = await get(site, `${path}/terminal`, TerminalView);
      const { dialog } = terminal;
      if (dialog === null) {
        throw new CliError(`${agent.name} shows no dialog${because(terminal)}`, {
          hint: '`headspace send` says something to it.',
        });
      }
      if (chosen === undefined) {
        if (options.json) printJson(context, terminal);
        else context.stdout.write(`${describe(dialog)}\n`);
        return;
      }
      const body = { option: chosen, expect: options.expect ?? dialog.fingerprint };
      const result = await send(site, 'POST', `${path}/answer`, body, KeyResult);
      if (options.json) printJson(context, result);
      else context.stdout.write(`${told(dialog, chosen, result)}\n`);
      if (!result.done) context.outcome.exitCode = EXIT.failed;
    });
}

function optionOf(text: string): number | 'escape' {
  if (text === 'escape') return text;
  if (/^[1-9]$/.test(text)) return Number(text);
  throw new CliError(`"${text}" is no option`, {
    hint: 'Give a number from 1 to 9, or "escape".',
    exitCode: EXIT.usage,
  });
}

function because({ why, surface }: TerminalView): string {
  if (why !== null) return `: ${why}`;
  return surface === 'unknown' ? ' that Headspace knows' : '';
}

function describe({ lines, options }: TerminalDialog): string {
  const keys = options.map(({ key }) => key).join(', ');
  return `${lines.join('\n')}\n\nOptions: ${keys === '' ? 'escape' : `${keys}, escape`}`;
}

function told(dialog: TerminalDialog, option: number | 'escape', { done }: KeyResult): string {
  const label = dialog.options.find(({ key }) => key === String(option))?.label ?? 'Escape';
  return done
    ? `"${dialog.title}" was answered: ${label}`
    : `${label} was pressed, and "${dialog.title}" is still there`;
}
