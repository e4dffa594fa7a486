/** Commands whose Stop came without the final text. */
export { deferredStopJob } from './job.ts';
