import { AdvisoryLockView } from '@headspace/contract';
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
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

const Answer = {
  parse: (value: unknown): { locks: AdvisoryLockView[] } => {
    const locks = typeof value === 'object' && value !== null && 'locks' in value && value.locks;
    return { locks: AdvisoryLockView.array().parse(locks) };
  },
};

/** `headspace locks`: who holds the lock of which agent, for what, since when, who waits. */
export function addLocks(program: Command, context: CliContext): void {
  addSharedOptions(program.command('locks'))
    .description('show the advisory locks of this database')
    .addHelpText('after', '\nExample:\n  headspace locks --json')
    .action(async (options: SharedOptions) => {
      const { locks } = await get(siteFor(context, options), '/api/advisory-locks', Answer);
      if (options.json) printJson(context, { locks, count: locks.length });
      else if (locks.length === 0) context.stdout.write('No locks are held.\n');
      else context.stdout.write(table(rows(locks), terminalWidth(context)));
    });
}

function rows(locks: readonly AdvisoryLockView[]): string[][] {
  const head = ['AGENT', 'PURPOSE', 'HELD', 'WAITING', 'PID', 'MODE', 'PROCESS'];
  const body = locks.map((lock) => [
    lock.agentName === null
      ? `${lock.namespace}/${lock.entityId}`
      : `${lock.entityId} ${oneLine(lock.agentName)}`,
    oneLine(lock.purpose ?? '?'),
    lock.durationSeconds === null ? '?' : duration(lock.durationSeconds * 1000),
    String(lock.waiting ?? '?'),
    String(lock.pid),
    lock.granted ? lock.mode : `${lock.mode} (waits)`,
    oneLine(lock.applicationName ?? ''),
  ]);
  return [head, ...body];
}
