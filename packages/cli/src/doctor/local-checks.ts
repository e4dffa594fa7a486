/** What doctor looks at on this machine, without the server. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CliContext, Site } from '../context.ts';
import { isOpenToOthers, readLine, systemCode } from '@headspace/home';
import type { HooksReport } from '../commands/hooks-status.ts';
import { LEFT_OUT } from '../hooks/events.ts';
import type { EventReport } from '../hooks/settings-edit.ts';
import { duration } from '../output/duration.ts';
import { failed, ok, warning, type Check } from './check.ts';

const run = promisify(execFile);
const INSTALL = 'Run `headspace hooks install`.';

/** Both tokens are there and closed to others. */
export function checkTokenFiles({ paths }: Site): Check {
  for (const file of [paths.hookToken, paths.operatorToken]) {
    if (readLine(file) === undefined) {
      const cure = 'Start the server once, or run `headspace hooks install`.';
      return failed('token files', `${file} is missing`, cure);
    }
    if (isOpenToOthers(file)) {
      return failed('token files', `${file} can be read by others`, `Run: chmod 600 '${file}'`);
    }
  }
  return ok('token files', 'there, mode 0600');
}

/** Entries in the settings file and the script that they call. */
export function checkHooks(report: HooksReport): Check[] {
  const named = (state: EventReport['state']): string[] =>
    report.events.filter((r) => r.state === state).map((r) => r.event);
  const installed = named('installed').length;
  const problems = (['missing', 'outdated', 'unwanted'] as const)
    .filter((state) => named(state).length > 0)
    .map((state) => `${state}: ${named(state).join(', ')}`);
  const none = problems.length === 1 && installed === 0 && named('missing').length > 0;
  const hooks =
    problems.length === 0
      ? ok('hooks', `${installed} of type ${report.transport} in ${report.settingsFile}`)
      : failed('hooks', `${report.settingsFile}: ${none ? 'none' : problems.join('; ')}`, INSTALL);
  const script =
    report.script === 'installed'
      ? ok('script', 'installed, same version')
      : failed('script', report.script, INSTALL);
  const replaces = report.events.some(
    (r) => r.event === 'WorktreeCreate' && r.state === 'unwanted',
  );
  const cure = 'Run `headspace hooks install`, which takes it out.';
  const worktree = replaces
    ? [failed('worktrees', `WorktreeCreate: ${LEFT_OUT.WorktreeCreate ?? ''}`, cure)]
    : [];
  return [hooks, script, ...worktree];
}

/** Claude Code is there, and its session files can be read. */
export async function checkClaude(site: Site, report: HooksReport): Promise<Check[]> {
  const { claude } = report;
  const cure = 'Install it, or name its version with --claude-version.';
  const version = claude
    ? ok('Claude Code', `${claude.version} (from ${claude.source})`)
    : warning('Claude Code', 'version not found', cure);
  const folder = join(site.claudeDir, 'sessions');
  try {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    return [version, ok('session files', `${files.length} in ${folder}`)];
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    const detail = `${folder} ${missing ? 'is not there yet' : `cannot be read: ${String(error)}`}`;
    const advice = missing
      ? 'Claude Code makes it when it starts; interrupts are seen through it.'
      : 'Give this account the right to read it; interrupts and denials are seen only there.';
    return [version, (missing ? warning : failed)('session files', detail, advice)];
  }
}

/** Programs that the hooks and the terminal bridge need. */
export async function checkPrograms({ env }: CliContext): Promise<Check[]> {
  const tmux = await versionOf('tmux', '-V', env);
  const curl = await versionOf('curl', '--version', env);
  return [
    tmux === undefined
      ? warning('tmux', 'not found', 'Install tmux to send prompts and to see screens.')
      : ok('tmux', tmux),
    curl === undefined
      ? failed('curl', 'not found; events stay in the spool', 'Install curl 7.55 or newer.')
      : ok('curl', curl.split(' (', 1)[0] ?? curl),
  ];
}

/** Events that wait, or that the server refused. */
export function checkSpool(context: CliContext, { spool }: HooksReport, site: Site): Check {
  if (spool.rejected > 0) {
    const detail = `${spool.rejected} events were refused by the server`;
    return warning('spool', detail, `Look at them in ${site.paths.spoolRejected}.`);
  }
  if (spool.oldest === null) return ok('spool', 'empty');
  const age = duration(context.now() - Date.parse(spool.oldest));
  const detail = `${spool.waiting} events wait, the oldest for ${age}`;
  return warning('spool', detail, 'Run `headspace hooks flush`.');
}

async function versionOf(
  program: string,
  argument: string,
  env: CliContext['env'],
): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, [argument], { timeout: 5000, env: { ...env } });
    return stdout.split('\n', 1)[0]?.trim();
  } catch {
    return undefined;
  }
}
