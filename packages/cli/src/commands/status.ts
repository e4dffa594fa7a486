import { spoolStatus } from '@headspace/home';
import { HookStatus } from '@headspace/contract';
import type { Command } from 'commander';
import { get, request } from '../api.ts';
import type { CliContext } from '../context.ts';
import { checkConfig, serverConfig } from '../doctor/config-check.ts';
import { isRecord } from '../hooks/entries.ts';
import { addSharedOptions, printJson, siteDespite, type SharedOptions } from '../options.ts';
import { duration } from '../output/duration.ts';
import { table } from '../output/table.ts';

const AnyObject = {
  parse: (value: unknown): Record<string, unknown> => {
    if (!isRecord(value)) throw new TypeError('not an object');
    return value;
  },
};

/** `headspace status`: server, database, hooks received and waiting, in a few lines. */
export function addStatus(program: Command, context: CliContext): void {
  addSharedOptions(program.command('status'))
    .description('show whether the server runs and what it has received')
    .addHelpText('after', '\nExample:\n  headspace status')
    .action(async (options: SharedOptions) => {
      const local = siteDespite(context, options);
      const { site } = local;
      const ready = (await request(site, '/health/ready')).ok;
      const server = await get(site, '/api/status', AnyObject);
      const hooks = await get(site, '/hook/status', HookStatus);
      const spool = await spoolStatus(site.paths);
      const config = checkConfig(local, await serverConfig(site));
      if (options.json) {
        printJson(context, { url: site.serverUrl, ready, server, hooks, spool, config });
        return;
      }
      const database = isRecord(server['database']) ? server['database'] : {};
      const { kind, directory } = database;
      const last = hooks.lastEventAt === null ? null : Date.parse(hooks.lastEventAt);
      const rows = [
        ['server', `${site.serverUrl}, version ${String(server['version'])}`],
        ['ready', ready ? 'yes' : 'no; `headspace doctor` says why'],
        ['database', `${String(kind)}${typeof directory === 'string' ? ` in ${directory}` : ''}`],
        [
          'hooks',
          `${hooks.received} received, ${hooks.applied} applied, ` +
            `${hooks.duplicate} duplicate, ${hooks.pending} pending, ${hooks.parked} parked`,
        ],
        ['last hook', last === null ? 'none yet' : `${duration(context.now() - last)} ago`],
        ['settings', `${config.detail}${config.cure === undefined ? '' : `. ${config.cure}`}`],
        ['spool', `${spool.waiting} waiting, ${spool.rejected} refused`],
      ];
      context.stdout.write(table(rows, null));
    });
}
