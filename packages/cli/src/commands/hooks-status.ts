import type { Command } from 'commander';
import { request } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { type SpoolStatus, isOpenToOthers, readLine, spoolStatus } from '@headspace/home';
import type { ClaudeVersion } from '../hooks/claude-version.ts';
import type { Transport } from '../hooks/entries.ts';
import { inspectFile, type StatusLineReport } from '../hooks/plan.ts';
import { scriptState, type ScriptState } from '../hooks/script.ts';
import type { EventReport } from '../hooks/settings-edit.ts';
import {
  addEntryOptions,
  settingsPath,
  wantedEntries,
  type TargetOptions,
} from '../hooks/target.ts';
import { addSharedOptions, colorsFor, printJson, siteFor, type SharedOptions } from '../options.ts';
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

export interface HooksReport {
  readonly settingsFile: string;
  readonly exists: boolean;
  readonly transport: Transport;
  readonly claude: ClaudeVersion | null;
  readonly events: readonly EventReport[];
  readonly statusLine: StatusLineReport;
  readonly script: ScriptState;
  readonly token: 'present' | 'missing' | 'readable by others';
  readonly serverUrl: string;
  readonly serverReachable: boolean;
  readonly spool: SpoolStatus;
}

/** `headspace hooks status`: each event, the script, the token, the server, the spool. */
export function addHooksStatus(hooks: Command, context: CliContext): void {
  addSharedOptions(addEntryOptions(hooks.command('status')))
    .description('show which hooks are installed and whether they can deliver')
    .addHelpText('after', '\nExample:\n  headspace hooks status --project .')
    .action(async (options: SharedOptions & TargetOptions) => {
      const site = siteFor(context, options);
      const report = await hooksReport(context, site, options);
      if (options.json) printJson(context, report);
      else context.stdout.write(text(context, report));
    });
}

/** Everything that `hooks status` and `doctor` know about the hooks. */
export async function hooksReport(
  context: CliContext,
  site: Site,
  options: TargetOptions,
): Promise<HooksReport> {
  const path = settingsPath(context, site, options);
  const transport = options.transport ?? (await installedTransport(context, site, options));
  const wanted = await wantedEntries(context, site, { ...options, transport });
  const { file, events, statusLine } = inspectFile(site.paths, path, wanted.entries);
  return {
    settingsFile: file.path,
    exists: file.bytes !== undefined,
    transport: wanted.transport,
    claude: wanted.claude ?? null,
    events,
    statusLine,
    script: scriptState(site.paths),
    token: tokenState(site.paths.hookToken),
    serverUrl: site.serverUrl,
    serverReachable: await isReachable(site),
    spool: await spoolStatus(site.paths),
  };
}

/** The transport that fits what is in the file best. */
async function installedTransport(
  context: CliContext,
  site: Site,
  options: TargetOptions,
): Promise<Transport> {
  const path = settingsPath(context, site, options);
  const version = options.claudeVersion === undefined ? { claudeVersion: '2.1.197' } : {};
  const all = { ...options, ...version, transport: 'http' };
  const { entries } = await wantedEntries(context, site, all);
  const { events } = inspectFile(site.paths, path, entries);
  const stop = events.find((report) => report.event === 'Stop');
  return stop?.state === 'installed' ? 'http' : 'command';
}

function tokenState(path: string): HooksReport['token'] {
  if (readLine(path) === undefined) return 'missing';
  return isOpenToOthers(path) ? 'readable by others' : 'present';
}

async function isReachable(site: Site): Promise<boolean> {
  try {
    return (await request(site, '/health/live', {}, 2000)).ok;
  } catch {
    return false;
  }
}

function text(context: CliContext, report: HooksReport): string {
  const colors = colorsFor(context);
  const good = (ok: boolean, words: string): string => (ok ? colors.green : colors.red)(words);
  const { claude, spool } = report;
  const oldest =
    spool.oldest === null ? '' : `, oldest ${duration(context.now() - Date.parse(spool.oldest))}`;
  const head = [
    ['settings', `${report.settingsFile}${report.exists ? '' : ' (not there)'}`],
    ['Claude Code', claude ? `${claude.version} (from ${claude.source})` : 'version not found'],
    ['script', good(report.script === 'installed', report.script)],
    ['token', good(report.token === 'present', report.token)],
    [
      'server',
      `${report.serverUrl} ${good(report.serverReachable, report.serverReachable ? 'answers' : 'does not answer')}`,
    ],
    ['status line', statusLineWords(report.statusLine)],
    ['spool', `${spool.waiting} waiting${oldest}, ${spool.rejected} refused`],
  ];
  const events = report.events.map(({ event, state, foreign }) => [
    event,
    good(state === 'installed', state),
    foreign === 0 ? '' : `and ${foreign} of others`,
  ]);
  return `${table(head, null)}\n${table([['EVENT', 'STATE', ''], ...events], null)}`;
}

function statusLineWords({ state, own }: StatusLineReport): string {
  const command = own === null ? null : oneLine(own);
  switch (state) {
    case 'installed':
      return command === null ? 'installed' : `installed, runs your own: ${command}`;
    case 'outdated':
      return 'outdated: run `headspace hooks install`';
    case 'not installed':
      return command === null ? 'not installed' : `not installed, yours stands: ${command}`;
    case 'not possible':
      return 'not installed: the one in the settings is no command';
  }
}
