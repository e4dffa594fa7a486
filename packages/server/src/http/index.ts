/** The HTTP server. */
export { buildApp, type AppOptions } from './app.ts';
export { statusRoute, type ServerStatus } from './status-route.ts';
