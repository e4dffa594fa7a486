/**
 * Asks for an agent: a launch, and whose it is, in one transaction. Requests of one key stand in line
 * at its row, so that its quota holds whatever comes at once, and a key that was revoked a moment
 * before starts nothing any more.
 */
import { randomUUID } from 'node:crypto';
import type { NewRemoteAgentRequest } from '@headspace/contract';
import type { PoolClient } from 'pg';
import { inTransaction } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { isUsable, lockKey, type UsableKey } from '../api-keys/index.ts';
import { checkLaunch, knownLaunch, type LaunchRequest, storeLaunch } from '../launches/index.ts';
import { assertScope, type Caller } from './callers.ts';
import type { RemoteAgentsContext } from './context.ts';
import { assertAllowed, projectPath } from './project-path.ts';
import { addRemote, findRemoteByLaunch, keyUse, type RemoteRow } from './queries.ts';

interface Created {
  readonly remote: RemoteRow;
  readonly created: boolean;
}

const HOUR_MS = 60 * 60 * 1000;
/** When there may be room again for one who has too many agents at once; nobody knows. */
const RETRY_SECONDS = 30;

/**
 * The same idempotency key of the same caller gives the same agent.
 * @throws HeadspaceError scope_missing, project_not_allowed, quota_exceeded, key_reused,
 *   persona_unusable, invalid_payload, unauthorized
 */
export async function createRemoteAgent(
  context: RemoteAgentsContext,
  caller: Caller,
  { project, ...asked }: NewRemoteAgentRequest,
  key: string | null,
): Promise<Created> {
  assertScope(caller, 'agents:create');
  const { pool, launches } = context;
  const path = await projectPath(context, caller, project);
  const request = { ...asked, path, purpose: 'remote' as const, key: launchKey(caller, key) };
  // What was granted stays granted, though its persona has gone or the quota is used up since.
  const earlier = await earlierRemote(pool, request);
  if (earlier !== undefined) return earlier;
  const checked = await checkLaunch(launches, request);
  assertAllowed(caller, checked.path);
  const result = await inTransaction(pool, async (client) => {
    if (caller.kind === 'key') {
      const fresh = await freshKey(context, client, caller.key.id);
      const meanwhile = await earlierRemote(client, request);
      if (meanwhile !== undefined) return meanwhile;
      await assertQuota(context, client, fresh);
    }
    const { launch, created } = await storeLaunch(launches, client, checked);
    const apiKeyId = caller.kind === 'key' ? caller.key.id : null;
    const at = new Date(context.clock.now());
    if (created) await addRemote(client, { id: randomUUID(), apiKeyId, launchId: launch.id, at });
    return { remote: await remoteOf(client, launch.id), created };
  });
  launches.announce();
  return result;
}

/** A blank cannot be in a key that came by HTTP, so these names are nobody else's. */
function launchKey(caller: Caller, key: string | null): string | null {
  if (key === null) return null;
  return caller.kind === 'key' ? `remote ${caller.key.id} ${key}` : `remote operator ${key}`;
}

async function earlierRemote(
  client: Pick<PoolClient, 'query'>,
  request: LaunchRequest,
): Promise<Created | undefined> {
  const launch = await knownLaunch(client, request);
  if (launch === undefined) return undefined;
  return { remote: await remoteOf(client, launch.id), created: false };
}

async function remoteOf(client: Pick<PoolClient, 'query'>, launchId: number): Promise<RemoteRow> {
  const remote = await findRemoteByLaunch(client, launchId);
  if (remote === undefined) throw new Error(`launch ${launchId} is no remote agent`);
  return remote;
}

async function freshKey(
  { clock }: RemoteAgentsContext,
  client: PoolClient,
  id: number,
): Promise<UsableKey> {
  const key = await lockKey(client, id);
  if (key === undefined || !isUsable(key, clock.now())) throw new HeadspaceError('unauthorized');
  return key;
}

async function assertQuota(
  { clock }: RemoteAgentsContext,
  client: PoolClient,
  { id, maxAgents, maxPerHour }: UsableKey,
): Promise<void> {
  const now = clock.now();
  const use = await keyUse(client, id, new Date(now - HOUR_MS));
  if (use.open >= maxAgents) {
    throw new HeadspaceError('quota_exceeded', `${use.open} of ${maxAgents} agents are there.`, {
      retryAfterSeconds: RETRY_SECONDS,
    });
  }
  if (use.recent >= maxPerHour) {
    const free = (use.oldest?.getTime() ?? now) + HOUR_MS;
    throw new HeadspaceError(
      'quota_exceeded',
      `${use.recent} of ${maxPerHour} agents of an hour were started.`,
      { retryAfterSeconds: Math.max(1, Math.ceil((free - now) / 1000)) },
    );
  }
}
