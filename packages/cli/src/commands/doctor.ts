import type { Command } from 'commander';
import type { CliContext, SiteDespiteFile } from '../context.ts';
import type { Check } from '../doctor/check.ts';
import { checkConfig, serverConfig } from '../doctor/config-check.ts';
import {
  checkClaude,
  checkHooks,
  checkPrograms,
  checkSpool,
  checkTokenFiles,
} from '../doctor/local-checks.ts';
import { checkServer } from '../doctor/server-checks.ts';
import { checkTestEvent } from '../doctor/test-event.ts';
import { EXIT } from '../errors.ts';
import { addEntryOptions, type TargetOptions } from '../hooks/target.ts';
import {
  addSharedOptions,
  colorsFor,
  printJson,
  siteDespite,
  type SharedOptions,
} from '../options.ts';
import { hooksReport } from './hooks-status.ts';

/** `headspace doctor`: proves each signal from Claude Code to the server with a test event. */
export function addDoctor(program: Command, context: CliContext): void {
  addSharedOptions(addEntryOptions(program.command('doctor')))
    .description('check every signal from Claude Code to the server, with a test event')
    .addHelpText('after', '\nExamples:\n  headspace doctor\n  headspace doctor --json')
    .action(async (options: SharedOptions & TargetOptions) => {
      const checks = await examine(context, siteDespite(context, options), options);
      if (checks.some((check) => check.level === 'failed')) context.outcome.exitCode = EXIT.failed;
      if (options.json) printJson(context, { ok: context.outcome.exitCode === EXIT.ok, checks });
      else context.stdout.write(checks.map((check) => line(context, check)).join(''));
    });
}

async function examine(
  context: CliContext,
  local: SiteDespiteFile,
  options: TargetOptions,
): Promise<Check[]> {
  const { site } = local;
  const report = await hooksReport(context, site, options);
  const server = await checkServer(site);
  const event =
    server.reachable && report.script === 'installed' ? await checkTestEvent(context, site) : [];
  return [
    ...server.checks,
    checkConfig(local, server.reachable ? await serverConfig(site) : undefined),
    checkTokenFiles(site),
    ...checkHooks(report),
    ...event,
    checkSpool(context, report, site),
    ...(await checkClaude(site, report)),
    ...(await checkPrograms(context)),
  ];
}

function line(context: CliContext, { name, level, detail, cure }: Check): string {
  const colors = colorsFor(context);
  const paint = { ok: colors.green, warning: colors.yellow, failed: colors.red }[level];
  const advice = cure === undefined ? '' : `${' '.repeat(9)}${cure}\n`;
  return `${paint(level.padEnd(7))}  ${name}: ${detail}\n${advice}`;
}
