/** API keys: for programs that start agents. They open the routes of remote agents, and no others. */
export { isUsable, type UsableKey, useApiKey } from './use-key.ts';
export type { ApiKeysContext } from './context.ts';
export { lockKey } from './queries.ts';
export { apiKeyRoutes } from './routes.ts';
