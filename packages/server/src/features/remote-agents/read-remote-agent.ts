/** Finds a remote agent for who asks, and reads how it stands. */
import type { ApiKeyScope, RemoteAgentView } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent, findAgents, loadAgent } from '../agents/index.ts';
import { findLaunch, findLaunches } from '../launches/index.ts';
import { assertScope, type Caller } from './callers.ts';
import type { RemoteAgentsContext } from './context.ts';
import { findRemote, listRemotes, type RemoteRow } from './queries.ts';
import { remoteAgentView } from './view.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LIST_LIMIT = 200;

/** Those of others are not there. @throws HeadspaceError scope_missing, not_found */
export async function ownRemote(
  { pool }: Pick<RemoteAgentsContext, 'pool'>,
  caller: Caller,
  id: string,
  scope: ApiKeyScope,
): Promise<RemoteRow> {
  assertScope(caller, scope);
  const remote = UUID.test(id) ? await findRemote(pool, id) : undefined;
  if (remote === undefined || !isOwn(caller, remote)) {
    throw new HeadspaceError('not_found', 'There is no such remote agent.');
  }
  return remote;
}

function isOwn(caller: Caller, remote: RemoteRow): boolean {
  if (caller.kind === 'operator') return true;
  return caller.kind === 'key'
    ? remote.apiKeyId === caller.key.id
    : remote.id === caller.remoteAgentId;
}

export interface WholeRemote {
  readonly view: RemoteAgentView;
  /** Uuids by which messages of the event stream name it. */
  readonly marks: readonly string[];
}

export async function readRemote(
  context: Pick<RemoteAgentsContext, 'pool'>,
  remote: RemoteRow,
): Promise<RemoteAgentView> {
  return (await readWhole(context, remote)).view;
}

export async function readWhole(
  { pool }: Pick<RemoteAgentsContext, 'pool'>,
  remote: RemoteRow,
): Promise<WholeRemote> {
  const launch = await findLaunch(pool, remote.launchId);
  if (launch === undefined) throw new HeadspaceError('not_found', 'Its launch was deleted.');
  const row = launch.agentId === null ? undefined : await findAgent(pool, launch.agentId);
  const agent = row === undefined ? undefined : loadAgent(row);
  const marks = agent === undefined ? [launch.uuid] : [launch.uuid, agent.uuid];
  return { view: remoteAgentView(remote, launch, agent), marks };
}

/** The caller's own, newest first. @throws HeadspaceError scope_missing */
export async function listOwn(
  { pool }: Pick<RemoteAgentsContext, 'pool'>,
  caller: Caller,
): Promise<RemoteAgentView[]> {
  assertScope(caller, 'agents:read');
  if (caller.kind === 'embed') {
    throw new HeadspaceError('scope_missing', 'A chat view sees its own agent only.');
  }
  const remotes = await listRemotes(pool, caller.kind === 'key' ? caller.key.id : null, LIST_LIMIT);
  const launches = await findLaunches(
    pool,
    remotes.map(({ launchId }) => launchId),
  );
  const agentIds = launches.flatMap(({ agentId }) => (agentId === null ? [] : [agentId]));
  const agents = (await findAgents(pool, agentIds)).map(loadAgent);
  return remotes.flatMap((remote) => {
    const launch = launches.find(({ id }) => id === remote.launchId);
    if (launch === undefined) return [];
    return [
      remoteAgentView(
        remote,
        launch,
        agents.find(({ id }) => id === launch.agentId),
      ),
    ];
  });
}

/**
 * Number of the agent, for what is done to it. Whether it has ended since is asked again under its lock.
 * @throws HeadspaceError agent_not_ready, agent_ended
 */
export async function startedAgent(
  { pool }: Pick<RemoteAgentsContext, 'pool'>,
  remote: RemoteRow,
): Promise<number> {
  const launch = await findLaunch(pool, remote.launchId);
  switch (launch?.state) {
    case 'requested':
    case 'starting':
      throw new HeadspaceError('agent_not_ready', launch.reason ?? undefined);
    case 'running':
      if (launch.agentId !== null) return launch.agentId;
      throw new HeadspaceError('agent_ended');
    case 'failed':
      throw new HeadspaceError('agent_ended', `It was not started: ${launch.reason ?? 'failed'}.`);
    case 'stopping':
    case 'stopped':
    case undefined:
      throw new HeadspaceError('agent_ended', 'It was stopped.');
  }
}
