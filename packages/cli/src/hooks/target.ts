/** Which settings file is meant, and what belongs into it. */
import { join, resolve } from 'node:path';
import type { HookEventName } from '@headspace/contract';
import type { Command } from 'commander';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { readLine } from '@headspace/home';
import { findClaudeVersion, type ClaudeVersion } from './claude-version.ts';
import { entriesFor, type HookEntry, type Transport } from './entries.ts';
import { readInstallRecord } from './install-record.ts';
import { readSettingsFile } from './settings-file.ts';
import { ASSUMED_VERSION, eventsFor, HTTP_HOOKS_SINCE, isAtLeast } from './events.ts';

export interface TargetOptions {
  readonly project?: string;
  readonly settings?: string;
  readonly transport?: string;
  readonly claudeVersion?: string;
}

/** Adds the options that say which settings file is meant. */
export function addFileOptions(command: Command): Command {
  return command
    .option('--project <folder>', "the project's .claude/settings.json instead of the user's")
    .option('--settings <file>', 'this settings file');
}

/** Adds the options that say what belongs into it. */
export function addEntryOptions(command: Command): Command {
  return addFileOptions(command)
    .option('--transport <kind>', 'command (nothing is lost while the server is down) or http')
    .option('--claude-version <x.y.z>', 'version of Claude Code, where it cannot be found');
}

export function settingsPath(context: CliContext, site: Site, options: TargetOptions): string {
  if (options.settings !== undefined) return resolve(context.cwd, options.settings);
  if (options.project !== undefined) {
    return join(resolve(context.cwd, options.project), '.claude', 'settings.json');
  }
  return join(resolve(context.cwd, site.claudeDir), 'settings.json');
}

export interface WantedEntries {
  readonly entries: Map<HookEventName, HookEntry>;
  readonly transport: Transport;
  /** Undefined where nothing told the version; then the oldest is assumed. */
  readonly claude: ClaudeVersion | undefined;
}

/** The entries for this machine's version of Claude Code. Throws CliError for wrong options. */
export async function wantedEntries(
  context: CliContext,
  site: Site,
  options: TargetOptions,
): Promise<WantedEntries> {
  const transport = transportOf(options.transport);
  const claude = await versionOf(context, site, options);
  const version = claude?.version ?? ASSUMED_VERSION;
  if (transport === 'http' && claude && !isAtLeast(version, HTTP_HOOKS_SINCE)) {
    throw new CliError(`Claude Code ${version} has no http hooks`, {
      hint: `Update it to ${HTTP_HOOKS_SINCE} or later, or leave --transport out.`,
    });
  }
  const hostId = readLine(site.paths.hostId) ?? '';
  const { serverUrl } = site;
  const events = eventsFor(version);
  const script = site.paths.hookScript;
  return {
    entries: entriesFor({ events, transport, script, serverUrl, hostId }),
    transport,
    claude,
  };
}

function transportOf(text = 'command'): Transport {
  if (text === 'command' || text === 'http') return text;
  throw new CliError(`There is no transport "${text}"`, {
    hint: 'Use --transport command or --transport http.',
    exitCode: EXIT.usage,
  });
}

async function versionOf(
  context: CliContext,
  site: Site,
  options: TargetOptions,
): Promise<ClaudeVersion | undefined> {
  const given = options.claudeVersion;
  if (given === undefined) {
    const found = await findClaudeVersion(context.env, site.claudeDir);
    if (found) return found;
    const { path } = readSettingsFile(settingsPath(context, site, options));
    const version = readInstallRecord(site.paths, path)?.claudeVersion;
    return version === undefined ? undefined : { version, source: 'the last installation' };
  }
  if (/^\d+\.\d+\.\d+$/.test(given)) return { version: given, source: '--claude-version' };
  throw new CliError(`"${given}" is no version of Claude Code`, {
    hint: 'It looks like 2.1.197.',
    exitCode: EXIT.usage,
  });
}
