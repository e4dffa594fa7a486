/** `headspace run`: starts an agent in a tmux session of its own. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { LaunchView, PERMISSION_MODES } from '@headspace/contract';
import { type Command, Option } from 'commander';
import { get, send } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { follow } from '../follow.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';
import { attachLine, describeLaunch } from '../output/launch-text.ts';

interface RunOptions extends SharedOptions {
  readonly persona?: string;
  readonly prompt?: string;
  readonly model?: string;
  readonly permissionMode?: string;
  readonly key?: string;
  readonly wait: boolean;
}

export function addRun(program: Command, context: CliContext): void {
  addSharedOptions(program.command('run'))
    .description('start Claude Code in a tmux session of its own, and wait until it has reported')
    .argument('[folder]', 'the project', '.')
    .option('-p, --prompt <text>', 'what to say to it first')
    .option('--persona <name>', 'one of `headspace personas`')
    .option('--model <name>', 'as `claude --model` takes it')
    .addOption(
      new Option('--permission-mode <mode>', 'as `claude --permission-mode` takes it').choices(
        PERMISSION_MODES,
      ),
    )
    .option('--key <key>', 'idempotency key: the same key again does not start again')
    .option('--no-wait', 'do not wait')
    .addHelpText('after', '\nExample:\n  headspace run ~/shop --prompt "run the tests"')
    .action(async (folder: string, options: RunOptions) => {
      const site = siteFor(context, options);
      const asked = await ask(site, resolve(context.cwd, folder), options);
      const last = options.wait ? await waitFor(context, site, asked, options) : asked;
      if (options.json) printJson(context, last);
      else context.stdout.write(`${describeLaunch(last)}\n  ${attachLine(last)}\n`);
      if (last.state === 'failed') context.outcome.exitCode = EXIT.failed;
    });
}

async function ask(site: Site, path: string, options: RunOptions): Promise<LaunchView> {
  const { persona, prompt, model, permissionMode, key = randomUUID() } = options;
  const body = { path, persona, prompt, model, permissionMode, key };
  try {
    return await send(site, 'POST', '/api/launches', body, LaunchView);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.unreachable) throw error;
    throw new CliError(`${error.message}; whether it starts is not known`, {
      hint: `Run the command again with --key ${key}: then it is started once at most.`,
      exitCode: EXIT.unreachable,
      cause: error,
    });
  }
}

async function waitFor(
  context: CliContext,
  site: Site,
  asked: LaunchView,
  { json }: RunOptions,
): Promise<LaunchView> {
  let told = '';
  return follow(
    site,
    asked,
    {
      look: async () => get(site, `/api/launches/${asked.id}`, LaunchView),
      concerns: (event) => event.type === 'launch.changed' && event.launch.id === asked.id,
      isOver: ({ state }) => state !== 'requested' && state !== 'starting',
      tell: (now) => {
        const line = describeLaunch(now);
        if (line !== told && !json && now.state === 'starting') context.stderr.write(`${line}\n`);
        told = line;
      },
    },
    context.signal,
  );
}
