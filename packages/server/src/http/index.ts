/** The HTTP server. */
export { buildApp, type AppOptions, type AppPlugins } from './app.ts';
export { statusRoute, type ServerStatus } from './status-route.ts';
