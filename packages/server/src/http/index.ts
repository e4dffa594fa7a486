/** The HTTP server. */
export { appCloser } from './app-closer.ts';
export { buildApp, type AppOptions } from './app.ts';
export { openApiRoutes } from './openapi/routes.ts';
export { statusRoute, type ServerStatus } from './status-route.ts';
