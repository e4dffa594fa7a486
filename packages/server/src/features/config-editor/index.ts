export { changeSettings } from './change-settings.ts';
export { ConfigSource, type ConfigSourceOptions } from './config-source.ts';
export { ifMatch } from './patch-body.ts';
export { configRoutes } from './routes.ts';
