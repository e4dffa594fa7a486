/** Context use: signals of status lines, and the poller that puts them into agents. */
export { ContextPoller, type ContextPollerOptions } from './poller.ts';
export { contextRoutes } from './routes.ts';
export { type ContextSignal, ContextSignals } from './signals.ts';
