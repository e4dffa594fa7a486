/** Remote agents: what programs start and talk to, under a key of their own. */
export { RemoteCallers } from './callers.ts';
export type { RemoteAgentsContext } from './context.ts';
export { embedRoutes } from './embed-page.ts';
export { remoteAgentRoutes } from './routes.ts';
