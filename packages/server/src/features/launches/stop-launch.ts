/** Asks for the end of what a launch has started; its job closes the terminal. */
import type { PoolClient } from 'pg';
import { inTransaction } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { LaunchesContext } from './context.ts';
import { findLaunch, type LaunchRow, stepLaunch, wakeLaunch } from './queries.ts';

/** The launch as it is then; one that is over stays as it is. @throws HeadspaceError not_found */
export async function stopLaunch(context: LaunchesContext, id: number): Promise<LaunchRow> {
  const stopped = await inTransaction(context.pool, async (client) =>
    storeStop(client, id, context.clock.now()),
  );
  context.announce();
  const launch = stopped ?? (await findLaunch(context.pool, id));
  if (launch === undefined) throw noSuchLaunch(id);
  return launch;
}

/** In the caller's transaction. Undefined where it is over already. */
export async function storeStop(
  client: Pick<PoolClient, 'query'>,
  id: number,
  at: number,
): Promise<LaunchRow | undefined> {
  const launch = await stepLaunch(client, id, 'stopping', at);
  if (launch !== undefined) await wakeLaunch(client, launch);
  return launch;
}

export const noSuchLaunch = (id: number | string): HeadspaceError =>
  new HeadspaceError('not_found', `There is no launch ${id}.`);
