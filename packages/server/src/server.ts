/** One running server: context, services and listener together, and their end. */
import type { AddressInfo } from 'node:net';
import { writeHookUrl } from '@headspace/home';
import { createContext, type Context, type ContextOptions } from './context.ts';
import { hasCode } from './platform/error-code.ts';
import { StartError } from './platform/database/index.ts';

export interface RunningServer {
  /** Address for this machine, without a slash at the end. */
  readonly url: string;
  readonly context: Context;
  /** Ends intake, finishes what is in flight, stops services, locks, pool and database. */
  stop(): Promise<void>;
}

/** Builds the context, listens, and starts the services. Throws StartError. */
export async function startServer(options: ContextOptions): Promise<RunningServer> {
  const context = await createContext(options);
  try {
    const url = await listen(context);
    // Hooks, command line and the spool find the server here, whatever its port.
    writeHookUrl(options.paths, url);
    context.events.start();
    context.leaders.host.start();
    context.leaders.database.start();
    for (const service of context.services) void service.run();
    let stopped: Promise<void> | undefined;
    return {
      url,
      context,
      stop: () => (stopped ??= dispose(context)),
    };
  } catch (error) {
    await context[Symbol.asyncDispose]();
    throw error;
  }
}

async function dispose(context: Context): Promise<void> {
  await context[Symbol.asyncDispose]();
}

async function listen(context: Context): Promise<string> {
  const host = context.settings['server.host'];
  const port = context.settings['server.port'];
  try {
    await context.app.listen({ host, port });
  } catch (cause) {
    if (hasCode(cause, 'EADDRINUSE')) {
      throw new StartError(
        'address_unusable',
        `port ${String(port)} on ${host} is taken by another program`,
        'stop that program, or choose another port with --server-port',
        { cause },
      );
    }
    if (hasCode(cause, 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EINVAL')) {
      throw new StartError(
        'address_unusable',
        `this machine does not let Headspace listen on ${host}, port ${String(port)}`,
        'choose another address with --server-host and --server-port',
        { cause },
      );
    }
    throw cause;
  }
  return urlOf(host, context.app.server.address());
}

/** A server that listens on all addresses is called by the one of this machine. */
function urlOf(host: string, address: AddressInfo | string | null): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${String(port)}`;
}
