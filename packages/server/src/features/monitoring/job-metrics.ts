/** Numbers about durable jobs: how they stand in the database, and what this process ran. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { JobCounts } from '../../platform/jobs/index.ts';

export interface JobMetrics {
  readonly onRun: (job: string, outcome: string) => void;
  readonly refresh: () => Promise<void>;
}

export function jobMetrics(
  registry: Registry,
  read: () => Promise<readonly JobCounts[]>,
): JobMetrics {
  const registers = [registry];
  const jobs = new Gauge({
    name: 'headspace_jobs',
    help: 'Durable jobs: queued (due), scheduled (due later), running, failed (not tried again).',
    labelNames: ['job', 'state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'headspace_jobs_oldest_seconds',
    help: 'For how long the oldest queued job has been due; 0 while none is.',
    labelNames: ['job'],
    registers,
  });
  const runs = new Counter({
    name: 'headspace_job_runs_total',
    help: 'Runs of durable jobs in this process by how they ended.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  return {
    onRun: (job, outcome) => runs.inc({ job, outcome }),
    async refresh() {
      // That the database is away has a number of its own.
      const counts = await read().catch(() => []);
      jobs.reset();
      oldest.reset();
      for (const { job, queued, scheduled, running, failed, oldestSeconds } of counts) {
        for (const [state, value] of Object.entries({ queued, scheduled, running, failed })) {
          jobs.set({ job, state }, value);
        }
        oldest.set({ job }, oldestSeconds);
      }
    },
  };
}
