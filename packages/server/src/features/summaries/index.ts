/** One-line summaries of turns, commands and projects, rankings, and what they cost. */
export type { SummariesContext } from './context.ts';
export { projectJob, rankingJob } from './overviews.ts';
export { summaryRoutes } from './routes.ts';
export { takeRequests } from './take-requests.ts';
export { forgetPauses } from './upkeep.ts';
export { SummaryWorker } from './worker.ts';
