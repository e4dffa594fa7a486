/** Builds what runs in the background: part of the composition in context.ts. */
import type { AgentsParts } from './agents.ts';
import type { ConfigParts } from './config.ts';
import type { Events } from '../features/events/index.ts';
import { deferredStopJob } from '../features/deferred-stop/index.ts';
import { launchJob } from '../features/launches/index.ts';
import { LockReporter } from '../features/monitoring/index.ts';
import type { JobRunnerOptions } from '../platform/jobs/index.ts';
import type { Platform } from '../platform/platform.ts';
import {
  agentReaper,
  hookSweep,
  sessionFiles,
  silence,
  tmuxWatchdog,
} from '../services/agent-watchers.ts';
import { configFile } from '../services/config-file.ts';
import { contextPoller } from '../services/context-poller.ts';
import { eventSweep } from '../services/event-sweep.ts';
import { jobRescue } from '../services/job-rescue.ts';
import { jobs } from '../services/jobs.ts';
import { lockReports } from '../services/lock-reports.ts';
import { promptDelivery } from '../services/prompt-delivery.ts';
import { retention } from '../services/retention.ts';
import {
  Leader,
  type LoopOptions,
  type LoopTimes,
  type Service,
} from '../services/runner/index.ts';
import { spoolService } from '../services/spool.ts';
import { transcriptReconciler } from '../services/transcript-reconciler.ts';

/** Who runs a loop that is not everybody's: one process per host, or one per database. */
export interface Leaders {
  readonly host: Leader;
  readonly database: Leader;
}

/** Loops with settings `<name>.intervalMs` and `<name>.timeoutMs`. */
type LoopName =
  | 'hookSweep'
  | 'agentReaper'
  | 'tmuxWatchdog'
  | 'sessionFiles'
  | 'silence'
  | 'transcriptReconciler'
  | 'contextPoller'
  | 'promptDelivery'
  | 'eventSweep'
  | 'spool'
  | 'lockReports'
  | 'retention'
  | 'jobRescue'
  | 'configFile';

export function makeLeaders({ locks, hostId, clock, logger }: Platform): Leaders {
  const leader = (name: string): Leader => new Leader({ locks, name, clock, logger });
  return { host: leader(`leader of host ${hostId}`), database: leader('leader of database') };
}

/** Evidence of a machine is looked at once on it; what concerns rows alone, once per database. */
export function makeServices(
  platform: Platform,
  leaders: Leaders,
  {
    events,
    agents,
    config,
    onRun,
  }: {
    events: Events;
    agents: AgentsParts;
    config: ConfigParts;
    onRun: NonNullable<JobRunnerOptions['onRun']>;
  },
): Service[] {
  const { pool, locks, paths, processId, settings, clock, logger } = platform;
  const each = (name: LoopName): LoopOptions => ({
    clock,
    logger,
    times: loopTimes(platform, name),
  });
  const onHost = (name: LoopName): LoopOptions => ({ ...each(name), leader: leaders.host });
  const once = (name: LoopName): LoopOptions => ({ ...each(name), leader: leaders.database });
  const hookQueues = { hooks: agents.hooks, batchSize: settings['hookSweep.batchSize'] };
  return [
    hookSweep(once('hookSweep'), hookQueues),
    sessionFiles(onHost('sessionFiles'), agents),
    agentReaper(onHost('agentReaper'), agents),
    tmuxWatchdog(onHost('tmuxWatchdog'), agents),
    silence(once('silence'), agents),
    transcriptReconciler(onHost('transcriptReconciler'), agents),
    contextPoller(once('contextPoller'), agents),
    promptDelivery(onHost('promptDelivery'), agents.bridge),
    eventSweep(each('eventSweep'), { events }),
    spoolService(onHost('spool'), { paths }),
    lockReports(each('lockReports'), { reporter: new LockReporter(pool, locks, processId) }),
    retention({
      ...once('retention'),
      context: agents.context,
      settings,
      batchSize: settings['retention.batchSize'],
    }),
    configFile(each('configFile'), config),
    jobRescue(once('jobRescue'), { pool, locks, batchSize: settings['jobRescue.batchSize'] }),
    jobs(
      { clock, logger, times: { intervalMs: settings['jobs.intervalMs'] } },
      jobOptions(platform, agents, onRun),
    ),
  ];
}

/** As they are when they are read. */
function loopTimes({ live }: Platform, name: LoopName): LoopTimes {
  return {
    get intervalMs() {
      return live.get(`${name}.intervalMs`);
    },
    get timeoutMs() {
      return live.get(`${name}.timeoutMs`);
    },
    onChange: (listener) => live.onChange(`${name}.intervalMs`, listener),
  };
}

function jobOptions(
  platform: Platform,
  { context, launches }: AgentsParts,
  onRun: NonNullable<JobRunnerOptions['onRun']>,
): Omit<JobRunnerOptions, 'onAlive' | 'logger' | 'pollMs'> {
  const { locks, settings, clock, connectionString } = platform;
  const deadlineMs = settings['deferredStop.deadlineMs'];
  return {
    connectionString,
    locks,
    onRun,
    concurrency: settings['jobs.concurrency'],
    jobs: [deferredStopJob({ context, now: clock.now, deadlineMs }), launchJob(launches)],
  };
}
