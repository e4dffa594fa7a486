/** The command line `headspace`: all commands, and the one place that turns errors into words. */
import { Command, CommanderError } from 'commander';
import { addAgents } from './commands/agents.ts';
import { addAnswer } from './commands/answer.ts';
import { addApprove } from './commands/approve.ts';
import { addCancel } from './commands/cancel.ts';
import { addConfig } from './commands/config.ts';
import { addDismiss } from './commands/dismiss.ts';
import { addDoctor } from './commands/doctor.ts';
import { addHandoff } from './commands/handoff.ts';
import { addHandoffs } from './commands/handoffs.ts';
import { addHooks } from './commands/hooks.ts';
import { addInterrupt } from './commands/interrupt.ts';
import { addKeys } from './commands/keys.ts';
import { addLaunches, addStop } from './commands/launches.ts';
import { addLocks } from './commands/locks.ts';
import { addPersonas } from './commands/personas.ts';
import { addMcp } from './commands/mcp.ts';
import { addPrompts } from './commands/prompts.ts';
import { addRun } from './commands/run.ts';
import { addSend } from './commands/send.ts';
import { addStatus } from './commands/status.ts';
import { addSummaries } from './commands/summaries.ts';
import { addToken } from './commands/token.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';
import { SettingsError, systemCode } from '@headspace/home';

/** Runs one command line (without program names) and returns the exit code. Never throws. */
export async function main(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return context.outcome.exitCode;
  } catch (error) {
    return report(error, args.includes('--json'), context);
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('headspace')
    .description('Command line of Headspace: see and steer the coding agents of this machine.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 the server does not answer.\n' +
        '\nExamples:\n  headspace hooks install\n  headspace doctor\n  headspace agents --watch\n' +
        '  headspace run ~/shop\n  headspace send shop "run the tests" --wait',
    );
  addHooks(program, context);
  addAgents(program, context);
  addRun(program, context);
  addLaunches(program, context);
  addStop(program, context);
  addSend(program, context);
  addPrompts(program, context);
  addPersonas(program, context);
  addCancel(program, context);
  addInterrupt(program, context);
  addApprove(program, context);
  addAnswer(program, context);
  addDismiss(program, context);
  addHandoff(program, context);
  addHandoffs(program, context);
  addLocks(program, context);
  addStatus(program, context);
  addSummaries(program, context);
  addDoctor(program, context);
  addToken(program, context);
  addConfig(program, context);
  addKeys(program, context);
  addMcp(program, context);
  tame(program, context);
  return program;
}

/** Makes commander throw and write through the context, in each command. */
function tame(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    // Errors are written once, by report().
    writeErr: () => undefined,
  });
  for (const inner of command.commands) tame(inner, context);
}

interface Failure {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: ExitCode;
}

function report(error: unknown, json: boolean, context: CliContext): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { message, hint, exitCode } = describe(error);
  if (json) {
    context.stdout.write(`${JSON.stringify({ error: { message, hint: hint ?? null } })}\n`);
  } else {
    context.stderr.write(`headspace: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  }
  return exitCode;
}

function describe(error: unknown): Failure {
  if (error instanceof CliError) return error;
  if (error instanceof SettingsError) {
    const message = `a setting is wrong\n${error.message}`;
    return { message, hint: 'Correct it and run the command again.', exitCode: EXIT.usage };
  }
  if (error instanceof CommanderError) {
    // Without a command commander throws its whole help text.
    const missing = error.code === 'commander.help';
    const message = missing ? 'a command is missing' : error.message.replace(/^error: /, '');
    return { message, hint: 'See `headspace --help`.', exitCode: EXIT.usage };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOSPC') {
    return { message, hint: 'Check the rights and the space there.', exitCode: EXIT.failed };
  }
  const hint = error instanceof Error ? error.stack?.split('\n').slice(1, 4).join('\n') : undefined;
  return { message: `something unexpected went wrong: ${message}`, hint, exitCode: EXIT.failed };
}
