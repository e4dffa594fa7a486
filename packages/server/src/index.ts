/** The server as a library, for tests and benchmarks. The program is main.ts. */
export type { Context, ContextOptions, ContextOverrides } from './context.ts';
export { startServer, type RunningServer } from './server.ts';
export type { Clock } from './platform/clock.ts';
