import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { ensureHome, writeHookUrl } from '@headspace/home';
import { TOKEN_VARIABLE } from '../hooks/entries.ts';
import { ASSUMED_VERSION } from '../hooks/events.ts';
import { planInstall, type Plan } from '../hooks/plan.ts';
import { installScripts } from '../hooks/script.ts';
import {
  addEntryOptions,
  settingsPath,
  wantedEntries,
  type TargetOptions,
  type WantedEntries,
} from '../hooks/target.ts';
import { addSharedOptions, colorsFor, printJson, siteFor, type SharedOptions } from '../options.ts';
import { confirm, needsYes } from '../output/confirm.ts';
import { unifiedDiff } from '../output/diff.ts';

export interface WriteOptions extends TargetOptions {
  /** False with --no-statusline. */
  readonly statusline?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `headspace hooks install`: script, tokens and entries; shows the diff and asks. */
export function addHooksInstall(hooks: Command, context: CliContext): void {
  addSharedOptions(addEntryOptions(hooks.command('install')))
    .description("put Headspace's hooks into Claude Code's settings")
    .option('--no-statusline', 'leave the status line alone (context use is then seen later)')
    .option('-y, --yes', 'do not ask')
    .option('-n, --dry-run', 'only show what would change')
    .addHelpText(
      'after',
      '\nExamples:\n  headspace hooks install\n  headspace hooks install --dry-run\n' +
        '  headspace hooks install --project . --yes',
    )
    .action(async (options: SharedOptions & WriteOptions) => {
      const site = siteFor(context, options);
      // The host id is part of http entries, so it must be there before the diff is shown.
      if (!options.dryRun) ensureHome(site.paths);
      const wanted = await wantedEntries(context, site, options);
      const path = settingsPath(context, site, options);
      const plan = planInstall(site.paths, path, {
        entries: wanted.entries,
        statusLine: options.statusline !== false,
        claudeVersion: wanted.claude?.version,
      });
      const written = await carryOut(context, plan, options, () => {
        // The script before the entries: running sessions take up new settings within seconds.
        installScripts(site.paths);
        writeHookUrl(site.paths, site.serverUrl);
      });
      const { claude, transport, entries } = wanted;
      const events = [...entries.keys()];
      if (options.json)
        printJson(context, { ...summary(plan, written), transport, claude, events });
      else if (written) context.stdout.write(nextSteps(plan, wanted));
    });
}

/** Shows the plan, asks unless told not to, and carries it out. True if something was written. */
export async function carryOut(
  context: CliContext,
  plan: Plan,
  options: WriteOptions,
  before: () => void,
): Promise<boolean> {
  const say = (text: string): unknown => (options.json ? undefined : context.stdout.write(text));
  if (!plan.changes) {
    if (!options.dryRun) before();
    say(`${plan.file.path}: nothing to do.\n`);
    return false;
  }
  const old = plan.file.bytes === undefined ? undefined : plan.file.text;
  say(`${unifiedDiff(plan.file.path, old, plan.after, colorsFor(context))}\n`);
  if (options.dryRun) return false;
  // A question would stand in the middle of the JSON.
  if (options.json && !options.yes) throw needsYes();
  if (!options.yes && !(await confirm(context, `Write ${plan.file.path}?`))) {
    say('Nothing was written.\n');
    return false;
  }
  before();
  plan.apply();
  return true;
}

export function summary(plan: Plan, written: boolean): Record<string, unknown> {
  return {
    settingsFile: plan.file.path,
    changes: plan.changes,
    written,
    after: plan.after ?? null,
  };
}

function nextSteps(plan: Plan, { claude, transport, entries }: WantedEntries): string {
  const lines = [`Installed ${entries.size} hooks in ${plan.file.path}.`];
  if (!claude) {
    lines.push(
      `The version of Claude Code was not found, so only what ${ASSUMED_VERSION} has was installed.`,
      'Run this again with --claude-version to get the rest.',
    );
  }
  if (transport === 'http') {
    lines.push(
      'Claude Code takes the token from its environment. Add to the profile of your shell:',
      `  export ${TOKEN_VARIABLE}="$(cat "\${HEADSPACE_HOME:-$HOME/.headspace}/hook-token")"`,
      'While the server is down, http hooks lose their event and show an error.',
    );
  }
  lines.push('Running sessions take it up within seconds. Check with `headspace doctor`.');
  return `${lines.join('\n')}\n`;
}
