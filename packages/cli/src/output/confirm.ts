/** Asks a yes-or-no question at the terminal. */
import { createInterface } from 'node:readline/promises';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';

/** True for yes. Throws CliError where nobody can be asked. */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  if (!context.stdin.isTTY) throw needsYes();
  const readline = createInterface({ input: context.stdin });
  try {
    context.stdout.write(`${question} [y/N] `);
    return /^y(es)?$/i.test((await readline.question('')).trim());
  } finally {
    readline.close();
  }
}

/** The error where nobody can be asked. */
export function needsYes(): CliError {
  return new CliError('Nobody can be asked here; nothing was written', {
    hint: 'Add --yes to go ahead, or --dry-run to only see the changes.',
    exitCode: EXIT.usage,
  });
}
