/** Handoffs: an agent whose context is full is followed by a new one that knows what it knew. */
export type { HandoffContext } from './context.ts';
export { handoffJob } from './handoff-job.ts';
export { requestAtMark } from './request-handoff.ts';
export { handoffRoutes } from './routes.ts';
