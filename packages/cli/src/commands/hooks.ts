import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addHooksFlush } from './hooks-flush.ts';
import { addHooksInstall } from './hooks-install.ts';
import { addHooksStatus } from './hooks-status.ts';
import { addHooksUninstall } from './hooks-uninstall.ts';

/** `headspace hooks …`: the hooks in Claude Code's settings. */
export function addHooks(program: Command, context: CliContext): void {
  const hooks = program
    .command('hooks')
    .description("install, remove and check the hooks in Claude Code's settings");
  addHooksInstall(hooks, context);
  addHooksUninstall(hooks, context);
  addHooksStatus(hooks, context);
  addHooksFlush(hooks, context);
}
