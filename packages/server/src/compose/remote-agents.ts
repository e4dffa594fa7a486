/** Builds what programs with keys use: part of the composition in context.ts. */
import type { FastifyPluginAsync } from 'fastify';
import { apiKeyRoutes } from '../features/api-keys/index.ts';
import type { Events } from '../features/events/index.ts';
import { embedRoutes, remoteAgentRoutes, RemoteCallers } from '../features/remote-agents/index.ts';
import type { Platform } from '../platform/platform.ts';
import type { AgentsParts } from './agents.ts';

export interface RemoteParts {
  readonly callers: RemoteCallers;
  readonly routes: readonly FastifyPluginAsync[];
}

export function composeRemote(
  { pool, clock, hostId, settings, stopping }: Platform,
  events: Events,
  { launches, prompts, bridge }: Pick<AgentsParts, 'launches' | 'prompts' | 'bridge'>,
): RemoteParts {
  const keys = { pool, now: clock.now };
  const callers = new RemoteCallers(keys);
  const context = {
    ...{ pool, clock, hostId, settings, events, stopping, callers, launches, prompts },
    bridge: bridge.context,
  };
  return {
    callers,
    routes: [apiKeyRoutes(keys), remoteAgentRoutes(context), embedRoutes({ pool })],
  };
}
