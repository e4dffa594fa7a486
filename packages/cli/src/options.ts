/** Options that every command has, and what they mean. */
import type { Command } from 'commander';
import pc from 'picocolors';
import type { Colors } from './output/colors.ts';
import {
  siteDespiteFile,
  siteOf,
  type CliContext,
  type SettingFlags,
  type Site,
  type SiteDespiteFile,
} from './context.ts';
import { flagName } from '@headspace/home';

const FLAGS = ['server.host', 'server.port', 'claude.configDir'] as const;

export interface SharedOptions {
  readonly json?: boolean;
  readonly serverHost?: string;
  readonly serverPort?: string;
  readonly claudeConfigDir?: string;
}

/** Adds `--json` and the settings that matter on the command line. */
export function addSharedOptions(command: Command): Command {
  const [host, port, claude] = FLAGS.map(flagName);
  return command
    .option('--json', 'print JSON for programs')
    .option(`${host} <name>`, 'address of the server')
    .option(`${port} <number>`, 'port of the server')
    .option(`${claude} <folder>`, "Claude Code's configuration folder");
}

/** Where the server and the files are, from options, environment and config.yaml. */
export function siteFor(context: CliContext, options: SharedOptions): Site {
  return siteOf(context, flagsOf(options));
}

/** The same while `config.yaml` may have mistakes. */
export function siteDespite(context: CliContext, options: SharedOptions): SiteDespiteFile {
  return siteDespiteFile(context, flagsOf(options));
}

function flagsOf(options: SharedOptions): SettingFlags {
  const flags: SettingFlags = {};
  if (options.serverHost !== undefined) flags['server.host'] = options.serverHost;
  if (options.serverPort !== undefined) flags['server.port'] = options.serverPort;
  if (options.claudeConfigDir !== undefined) flags['claude.configDir'] = options.claudeConfigDir;
  return flags;
}

/** Colours where the output is a terminal and nobody asked for none (https://no-color.org). */
export function colorsFor(context: CliContext): Colors {
  return pc.createColors(Boolean(context.stdout.isTTY) && !context.env['NO_COLOR']);
}

/** Prints a value as JSON of its own line. */
export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Columns of the terminal; null where the output is none. */
export function terminalWidth(context: CliContext): number | null {
  const { stdout } = context;
  const columns = 'columns' in stdout ? Number(stdout.columns) : 0;
  return stdout.isTTY && columns > 0 ? columns : null;
}
