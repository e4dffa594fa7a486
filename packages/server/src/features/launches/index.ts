/** Launches: Claude Code started by Headspace, from the request to the agent that it becomes. */
export type { LaunchesContext } from './context.ts';
export { launchJob } from './launch-job.ts';
export { linkLaunch } from './link-launch.ts';
export { findLaunch, findLaunches, findOpenLaunch, type LaunchRow } from './queries.ts';
export {
  checkLaunch,
  type CheckedLaunch,
  knownLaunch,
  type LaunchRequest,
  storeLaunch,
} from './request-launch.ts';
export { launchRoutes } from './routes.ts';
export { stopLaunch, storeStop } from './stop-launch.ts';
export { launchView } from './view.ts';
