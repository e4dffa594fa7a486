/** The words of graphile-worker, in our log. */
import { Logger as WorkerLogger } from 'graphile-worker';
import type { Logger } from 'pino';

/**
 * Its details are left out: they carry payloads. What a job threw is logged by us; that the
 * database is away is told by the service that runs the workers.
 */
export function workerLog(logger: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    logger[level === 'error' || level === 'warning' ? 'debug' : 'trace']({ jobs: level }, message);
  });
}
