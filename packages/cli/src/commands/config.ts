import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addConfigEdit } from './config-edit.ts';
import { addConfigList } from './config-list.ts';
import { addConfigSet } from './config-set.ts';
import { addConfigValidate } from './config-validate.ts';

/** `headspace config …`: the settings of this person, with or without a server. */
export function addConfig(program: Command, context: CliContext): void {
  const config = program
    .command('config')
    .description('show, change and check the settings; no server has to run');
  addConfigList(config, context);
  addConfigSet(config, context);
  addConfigEdit(config, context);
  addConfigValidate(config, context);
}
