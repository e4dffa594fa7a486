import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { remoteApi } from '../mcp/remote-api.ts';
import { mcpServer } from '../mcp/server.ts';
import { addSharedOptions, siteFor, type SharedOptions } from '../options.ts';

const VERSION = '0.1.0';

/** `headspace mcp`: remote agents as tools for MCP clients, over standard input and output. */
export function addMcp(program: Command, context: CliContext): void {
  addSharedOptions(program.command('mcp'))
    .description('serve remote agents as MCP tools over standard input and output')
    .addHelpText(
      'after',
      '\nEnvironment:\n' +
        '  HEADSPACE_API_KEY  the key; it is never an argument, which other users could see\n' +
        '  HEADSPACE_URL      address of the server; the one of this machine without it\n' +
        '\nExample:\n  claude mcp add headspace -e HEADSPACE_API_KEY=hs_… -- npx headspace mcp',
    )
    .action(async (options: SharedOptions) => {
      const key = context.env['HEADSPACE_API_KEY'] ?? '';
      if (key === '') {
        throw new CliError('HEADSPACE_API_KEY is not set', {
          hint: 'Make a key with `headspace keys create` and give it by this variable.',
          exitCode: EXIT.usage,
        });
      }
      const url = context.env['HEADSPACE_URL'] ?? siteFor(context, options).serverUrl;
      const api = remoteApi(url.replace(/\/+$/, ''), key);
      const handle = serveStdio(() => mcpServer(api, VERSION));
      const ended = Promise.withResolvers<void>();
      context.stdin.once('close', () => ended.resolve()).once('end', () => ended.resolve());
      context.signal.addEventListener('abort', () => ended.resolve(), { once: true });
      await ended.promise;
      await handle.close();
    });
}
