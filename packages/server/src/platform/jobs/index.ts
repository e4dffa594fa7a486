/** Durable jobs: defined by features, added in sections, run by every server process. */
export { type JobCounts, jobCounts } from './counts.ts';
export { defineJob, type Job, type JobContext, type JobDefinition, type JobResult } from './job.ts';
export { freeAbsentWorkers, type RescueOptions } from './rescue.ts';
export { type JobRunnerOptions, runJobs } from './runner.ts';
export { presenceKey } from './presence.ts';
