/** Keeps the workers of durable jobs going in this process. */
import { type JobRunnerOptions, runJobs } from '../platform/jobs/index.ts';
import { type LoopOptions, RunningState, type Service } from './runner/index.ts';

/** Pauses before the workers are begun anew, where the database is away. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;

export function jobs(
  { clock, logger, times: { intervalMs } }: LoopOptions,
  options: Omit<JobRunnerOptions, 'onAlive' | 'logger' | 'pollMs'>,
): Service {
  const state = new RunningState({
    name: 'jobs',
    clock,
    logger,
    intervalMs: () => intervalMs,
    firstRetryMs: FIRST_RETRY_MS,
    longestRetryMs: LONGEST_RETRY_MS,
  });
  let running: Promise<void> | undefined;
  const loop = async (): Promise<void> => {
    state.started();
    while (state.shouldRun()) {
      try {
        const onAlive = (): void => state.succeeded();
        await runJobs({ ...options, logger, pollMs: intervalMs, onAlive }, state.signal);
      } catch (error) {
        if (state.shouldRun()) await state.sleep(state.failed(error));
      }
    }
  };
  return {
    name: 'jobs',
    run: () => (running ??= loop()),
    async stop() {
      state.stop();
      await running;
    },
    health: () => state.health(),
  };
}
