/** Hooks: from the request to the change of an agent. */
export type { AppliedHook, HooksContext } from './context.ts';
export { listHookEvents } from './event-queries.ts';
export { createHooks, type Hooks } from './hooks.ts';
export { hookRoutes } from './routes.ts';
export { hookStatus } from './status.ts';
