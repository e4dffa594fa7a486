import {
  API_KEY_SCOPES,
  ApiKeyList,
  ApiKeyScope,
  ApiKeyView,
  CreatedApiKey,
} from '@headspace/contract';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { get, send } from '../api.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import {
  addSharedOptions,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

/** `headspace keys …`: API keys for programs that start agents. */
export function addKeys(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('API keys for programs that start agents');
  addCreate(keys, context);
  addList(keys, context);
  addRevoke(keys, context);
}

interface CreateOptions extends SharedOptions {
  readonly project: string[];
  readonly scope?: string[];
  readonly maxAgents?: string;
  readonly maxPerHour?: string;
  readonly expiresInDays?: string;
  readonly embedOrigin?: string[];
}

const DEFAULT_SCOPES = API_KEY_SCOPES.filter((scope) => scope !== 'agents:approve');

function addCreate(keys: Command, context: CliContext): void {
  addSharedOptions(keys.command('create'))
    .description('make a key; it is shown this once')
    .argument('<name>', 'what it is for')
    .requiredOption('--project <folder...>', 'where it may start agents, and below')
    .option('--scope <scope...>', `of ${API_KEY_SCOPES.join(', ')}; all but agents:approve`)
    .option('--max-agents <n>', 'agents at once (5)')
    .option('--max-per-hour <n>', 'new agents within an hour (60)')
    .option('--expires-in-days <n>', 'or "never" (90)')
    .option('--embed-origin <origin...>', 'web sites that may frame its chat views')
    .addHelpText('after', '\nExample:\n  headspace keys create ci --project ~/shop --max-agents 2')
    .action(async (name: string, options: CreateOptions) => {
      const body = {
        name,
        projects: options.project.map((folder) => resolve(context.cwd, folder)),
        scopes: (options.scope ?? DEFAULT_SCOPES).map(scopeOf),
        ...numberAt('maxAgents', options.maxAgents),
        ...numberAt('maxPerHour', options.maxPerHour),
        ...(options.expiresInDays === 'never'
          ? { expiresInDays: null }
          : numberAt('expiresInDays', options.expiresInDays)),
        ...(options.embedOrigin === undefined ? {} : { embedOrigins: options.embedOrigin }),
      };
      const site = siteFor(context, options);
      const created = await send(site, 'POST', '/api/keys', body, CreatedApiKey);
      if (options.json) return printJson(context, created);
      // The key alone goes to standard output, so that it can be kept without being seen.
      context.stderr.write(`Key ${created.id} was made. It is shown this once:\n`);
      context.stdout.write(`${created.key}\n`);
    });
}

function addList(keys: Command, context: CliContext): void {
  addSharedOptions(keys.command('list'))
    .description('show the keys, newest first')
    .action(async (options: SharedOptions) => {
      const list = await get(siteFor(context, options), '/api/keys', ApiKeyList);
      if (options.json) printJson(context, list);
      else if (list.keys.length === 0) context.stdout.write('There are no keys.\n');
      else context.stdout.write(table(rows(list.keys, context.now()), terminalWidth(context)));
    });
}

function addRevoke(keys: Command, context: CliContext): void {
  addSharedOptions(keys.command('revoke'))
    .description('end a key at once; its agents go on, and you can stop them')
    .argument('<id>', 'number of the key')
    .action(async (id: string, options: SharedOptions) => {
      if (!/^\d{1,15}$/.test(id)) {
        throw new CliError(`"${id}" is no number of a key`, {
          hint: '`headspace keys list` shows them.',
          exitCode: EXIT.usage,
        });
      }
      const site = siteFor(context, options);
      const key = await send(site, 'POST', `/api/keys/${id}/revoke`, null, ApiKeyView);
      if (options.json) return printJson(context, key);
      const left = key.agents === 0 ? '' : `; ${key.agents} of its agents still run`;
      context.stdout.write(`Key ${key.id} (${oneLine(key.name)}) is revoked${left}.\n`);
    });
}

function scopeOf(text: string): ApiKeyScope {
  const scope = ApiKeyScope.safeParse(text);
  if (scope.success) return scope.data;
  throw new CliError(`"${text}" is no scope`, {
    hint: `There are ${API_KEY_SCOPES.join(', ')}.`,
    exitCode: EXIT.usage,
  });
}

function numberAt<N extends string>(name: N, text: string | undefined): { [P in N]?: number } {
  if (text === undefined) return {};
  if (/^\d{1,6}$/.test(text)) return { [name]: Number(text) } as { [P in N]?: number };
  throw new CliError(`"${text}" is no number`, { exitCode: EXIT.usage });
}

function rows(keys: readonly ApiKeyView[], now: number): string[][] {
  const ago = (at: string | null): string =>
    at === null ? 'never' : `${duration(now - Date.parse(at))} ago`;
  const head = ['KEY', 'NAME', 'STATE', 'AGENTS', 'USED', 'ENDS', 'SCOPES', 'PROJECTS'];
  const body = keys.map((key) => [
    String(key.id),
    oneLine(key.name),
    key.state,
    `${key.agents}/${key.maxAgents}`,
    ago(key.lastUsedAt),
    key.expiresAt === null ? 'never' : key.expiresAt.slice(0, 10),
    key.scopes.map((scope) => scope.replace('agents:', '')).join(','),
    key.projects.map(oneLine).join(' '),
  ]);
  return [head, ...body];
}
