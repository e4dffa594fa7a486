/** Launches: Claude Code started by Headspace, from the request to the agent that it becomes. */
export type { LaunchesContext } from './context.ts';
export { launchJob } from './launch-job.ts';
export { linkLaunch } from './link-launch.ts';
export { findOpenLaunch, type LaunchRow } from './queries.ts';
export { launchRoutes } from './routes.ts';
