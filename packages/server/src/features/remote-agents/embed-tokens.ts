/** Short-lived tokens for the chat view of one agent. */
import type { z } from 'zod';
import type { EmbedToken, NewEmbedToken } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { digestOf, newSecret } from '../../platform/secret.ts';
import { assertScope, type Caller } from './callers.ts';
import type { RemoteAgentsContext } from './context.ts';
import { addEmbedToken } from './queries.ts';
import { ownRemote, readRemote } from './read-remote-agent.ts';
import { isOver } from './wait-rules.ts';

/**
 * A view may do no more than who asks for it.
 * @throws HeadspaceError scope_missing, not_found, agent_ended
 */
export async function createEmbedToken(
  context: RemoteAgentsContext,
  caller: Caller,
  id: string,
  { access, ttlSeconds }: z.output<typeof NewEmbedToken>,
): Promise<EmbedToken> {
  if (caller.kind === 'embed') {
    throw new HeadspaceError('scope_missing', 'A chat view makes no tokens.');
  }
  const remote = await ownRemote(context, caller, id, 'agents:read');
  if (access === 'prompt') assertScope(caller, 'agents:prompt');
  if (isOver(await readRemote(context, remote))) throw new HeadspaceError('agent_ended');
  const token = `hse_${newSecret()}`;
  const at = context.clock.now();
  const expiresAt = new Date(at + ttlSeconds * 1000);
  await addEmbedToken(context.pool, {
    digest: digestOf(token),
    remoteAgentId: remote.id,
    scopes: access === 'prompt' ? ['agents:read', 'agents:prompt'] : ['agents:read'],
    at: new Date(at),
    expiresAt,
  });
  return {
    token,
    access,
    expiresAt: expiresAt.toISOString(),
    path: `/embed/${remote.id}#access=${access}&token=${token}`,
  };
}
