/** `headspace config edit`: a copy in the person's editor, checked before it is put in place. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  ensureHome,
  homePaths,
  readConfigText,
  resolveSettings,
  updateConfigFile,
  type HomePaths,
} from '@headspace/home';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { sentence } from './config-validate.ts';

export function addConfigEdit(config: Command, context: CliContext): void {
  config
    .command('edit')
    .description('open config.yaml in your editor ($VISUAL, $EDITOR), and check it afterwards')
    .action(async () => {
      const paths = homePaths(context.env);
      ensureHome(paths);
      const before = readConfigText(paths.configFile);
      const copy = join(mkdtempSync(join(tmpdir(), 'headspace-config-')), 'config.yaml');
      writeFileSync(copy, before.bytes ?? '', { mode: 0o600 });
      const text = await edited(context, paths, copy);
      await putInPlace(paths, before.etag, text, copy);
      rmSync(dirname(copy), { recursive: true });
      context.stdout.write(`Written to ${paths.configFile}.\n`);
    });
}

/** The text once it has no mistake. Throws CliError where the person gives up; the copy stays. */
async function edited(context: CliContext, paths: HomePaths, copy: string): Promise<string> {
  for (;;) {
    await openEditor(context, copy);
    const text = readFileSync(copy, 'utf8');
    const file = { path: paths.configFile, text };
    const { problems } = resolveSettings({ env: context.env, file });
    const ours = problems.filter(({ path }) => path.startsWith(paths.configFile));
    if (ours.length === 0) return text;
    for (const problem of ours) context.stderr.write(`${sentence(problem)}\n`);
    const again = context.stdin.isTTY && (await confirm(context, 'Edit it again?'));
    if (!again) {
      throw new CliError('the settings are wrong; nothing was written', {
        hint: `Your text is in ${copy}.`,
      });
    }
  }
}

async function openEditor(context: CliContext, copy: string): Promise<void> {
  const editor = context.env['VISUAL'] || context.env['EDITOR'] || 'vi';
  // Editors are given with options (`code --wait`), so a shell reads the words.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', copy], {
    env: context.env,
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  throw new CliError(`the editor \`${editor}\` ended with ${String(code)}; nothing was written`, {
    hint: `Set $EDITOR to an editor that is there. Your text is in ${copy}.`,
    exitCode: EXIT.failed,
  });
}

async function putInPlace(
  { configFile }: HomePaths,
  etag: string,
  text: string,
  copy: string,
): Promise<void> {
  await updateConfigFile({
    path: configFile,
    edit: (current) => {
      if (current.etag === etag) return text;
      throw new CliError(
        `${configFile} was changed by somebody else meanwhile; nothing was written`,
        {
          hint: `Your text is in ${copy}.`,
        },
      );
    },
  });
}
