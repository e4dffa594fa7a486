/** Outbox, stream and `GET /api/events`. */
export { createEvents, type Events, type EventsOptions } from './events.ts';
export { eventRoutes, type EventRoutesOptions } from './routes.ts';
export type { StreamItem } from './subscription.ts';
