/**
 * Builds everything of one server process, once, in order; the only place that calls constructors.
 * Disposing takes it down in the opposite order. It reads no environment and listens nowhere.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Settings } from '@headspace/contract';
import { ensureHome, readLine, type HomePaths, type SettingsSources } from '@headspace/home';
import { createAdvisoryLocks } from '@headspace/lock';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { composeAgents, pricesOf, type AgentsParts } from './compose/agents.ts';
import { composeConfig, type ConfigParts } from './compose/config.ts';
import { composeSummaries, type SummariesParts } from './compose/summaries.ts';
import { composeRemote, type RemoteParts } from './compose/remote-agents.ts';
import { type Leaders, makeLeaders, makeServices } from './compose/services.ts';
import { agentNames } from './features/agents/index.ts';
import { createEvents, eventRoutes, type Events } from './features/events/index.ts';
import { hookStatus, type Hooks } from './features/hooks/index.ts';
import {
  createMetrics,
  healthRoutes,
  monitoringRoutes,
  type Metrics,
} from './features/monitoring/index.ts';
import { appCloser, buildApp, openApiRoutes, statusRoute } from './http/index.ts';
import { systemClock, type Clock } from './platform/clock.ts';
import { applicationName, readMigrations, StartError } from './platform/database/index.ts';
import { LiveSettings } from './platform/live-settings.ts';
import { createLogger, type Logger } from './platform/log.ts';
import { openDatabase, type Database } from './platform/open-database.ts';
import type { Platform } from './platform/platform.ts';
import { within } from './platform/within.ts';
import type { ProcessTable } from './platform/process-table.ts';
import { jobCounts } from './platform/jobs/index.ts';
import type { Tmux } from './platform/tmux/index.ts';
import type { Service } from './services/runner/index.ts';

/** What tests put in the place of the real thing. */
export interface ContextOverrides {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly webFolder?: string;
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
  readonly ringBytes?: number;
  readonly processes?: ProcessTable;
  readonly tmux?: Tmux;
}

export interface ContextOptions {
  /** Values at the start. */
  readonly settings: Settings;
  /** Where they come from besides config.yaml; left out, nothing in that file changes them. */
  readonly sources?: Omit<SettingsSources, 'file'>;
  readonly paths: HomePaths;
  /** Claude Code's configuration folder, where the settings do not name one. */
  readonly claudeFolder: string;
  readonly overrides?: ContextOverrides;
}

export interface Context extends Platform, AsyncDisposable {
  readonly database: Database;
  readonly events: Events;
  readonly hooks: Hooks;
  readonly metrics: Metrics;
  readonly app: FastifyInstance;
  readonly services: readonly Service[];
  readonly leaders: Leaders;
  readonly tokens: { readonly hook: string; readonly operator: string };
  /** Fires `stopping`. Disposing does it too. */
  beginStop(): void;
}

const WEB_FOLDER = fileURLToPath(new URL('../../web/dist/', import.meta.url));
/** For each step of a stop, so that it takes 10 s at most. */
const STOP_MS = 1_000;
/** Fencing tokens come from here; every process on a database must use the same. */
const FENCE_SEQUENCE = 'headspace_fence';

/** Builds the process. What was built is taken down again when a later part fails. Throws StartError. */
export async function createContext(options: ContextOptions): Promise<Context> {
  const startedAt = performance.now();
  const { paths, overrides = {} } = options;
  const { live, settings, logger } = followSettings(options);
  const clock = overrides.clock ?? systemClock;
  const secrets = openHome(paths);
  const stop = new AbortController();
  await using stack = new AsyncDisposableStack();

  const database = stack.use(await openDatabase(settings, paths.home, logger));
  const locks = stack.use(
    createAdvisoryLocks({
      connectionString: database.connectionString,
      applicationName: applicationName('lock'),
      fenceSequence: FENCE_SEQUENCE,
      onEvent: (event) => metrics.onLockEvent(event),
    }),
  );
  const platform: Platform = {
    settings,
    live,
    paths,
    claudeFolder: settings['claude.configDir'] ?? options.claudeFolder,
    hostId: secrets.hostId,
    processId: `${hostname()}:${String(process.pid)}:${randomBytes(4).toString('hex')}`,
    clock,
    logger,
    connectionString: database.connectionString,
    pool: database.pool,
    locks,
    stopping: stop.signal,
  };
  const events = stack.use(makeEvents(platform, overrides));
  const leaders = makeLeaders(platform);
  const agents = composeAgents(platform, events, {
    leadsHost: () => leaders.host.leads,
    machine: overrides,
  });
  const remote = composeRemote(platform, events, agents);
  const config = composeConfig(platform, options.settings, options.sources);
  const prices = pricesOf(settings);
  const summaries = composeSummaries(platform, events, { config, prices });
  const services = makeServices(platform, leaders, {
    events,
    agents,
    onRun: (job, outcome) => metrics.onJobRun(job, outcome),
    config,
    summaries,
  });
  const metrics = makeMetrics(platform, events, services);
  const lastMigration = (await readMigrations()).at(-1)?.name ?? '';
  const built = { database, events, agents, remote, config, summaries, metrics, services };
  const parts: Parts = { ...built, lastMigration, startedAt };
  const app = await makeApp(platform, secrets, parts, overrides);
  const closeApp = appCloser(app);
  const owned = stack.move();
  return {
    ...platform,
    ...built,
    hooks: agents.hooks,
    app,
    leaders,
    tokens: secrets,
    beginStop: () => stop.abort(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      // Requests in flight still need everything below them.
      await closeApp();
      await stopWork(parts, leaders);
      await owned.disposeAsync();
    },
  };
}

/** The settings as they change, and a logger that follows its level. */
function followSettings({ settings, overrides }: ContextOptions) {
  const live = new LiveSettings(settings);
  const logger = overrides?.logger ?? createLogger(settings['log.level']);
  live.onChange('log.level', (level) => (logger.level = level));
  return { live, settings: live.values, logger };
}

function makeApp(
  platform: Platform,
  tokens: Context['tokens'],
  parts: Parts,
  overrides: ContextOverrides,
): Promise<FastifyInstance> {
  const { logger, clock, settings, stopping } = platform;
  return buildApp(
    {
      logger,
      clock,
      tokens,
      remoteDoor: parts.remote.callers,
      stopping,
      host: settings['server.host'],
      allowedHosts: settings['server.allowedHosts'],
      webFolder: overrides.webFolder ?? WEB_FOLDER,
    },
    makeRoutes(platform, parts, overrides),
  );
}

/** Ends what runs by itself. What hangs is left behind: its work is in the database. */
async function stopWork(
  { agents, summaries, services, events }: Parts,
  leaders: Leaders,
): Promise<void> {
  agents.sessionWatcher.close();
  await Promise.all([
    // A section that waits for a lock held elsewhere: its events stay in the inbox.
    within(STOP_MS, agents.bridge.delivery.close()),
    within(STOP_MS, agents.hooks.stop()),
    within(STOP_MS, agents.transcripts.close()),
    summaries.worker.close(),
  ]);
  await Promise.all(services.map((service) => service.stop()));
  // Only now: who takes over shall not find this process still at work.
  await within(STOP_MS, Promise.all([leaders.host.stop(), leaders.database.stop()]));
  // What was committed last is announced now, not by the next start.
  await within(STOP_MS, events.sequence());
}

function makeEvents(platform: Platform, overrides: ContextOverrides): Events {
  const { pool, connectionString, clock, logger } = platform;
  return createEvents({
    pool,
    connectionString,
    applicationName: applicationName('listen'),
    clock,
    logger,
    ...(overrides.ringBytes === undefined ? {} : { ringBytes: overrides.ringBytes }),
  });
}

function makeMetrics(
  { pool, clock }: Platform,
  events: Events,
  services: readonly Service[],
): Metrics {
  return createMetrics({
    jobs: () => jobCounts(pool),
    hookStatus: () => hookStatus(pool, clock.now()),
    streamReaders: () => events.readers,
    services: () => services.map((service) => service.health()),
  });
}

interface Parts {
  readonly database: Database;
  readonly events: Events;
  readonly agents: AgentsParts;
  readonly remote: RemoteParts;
  readonly config: ConfigParts;
  readonly summaries: SummariesParts;
  readonly metrics: Metrics;
  readonly services: readonly Service[];
  readonly lastMigration: string;
  readonly startedAt: number;
}

/** Every route of the server, but for login and the dashboard's files. */
function makeRoutes(
  platform: Platform,
  parts: Parts,
  overrides: ContextOverrides,
): FastifyPluginAsync[] {
  const { pool, locks, processId, hostId, paths, settings, stopping } = platform;
  const { database, events, agents, metrics } = parts;
  const { kind, version, directory } = database;
  const status = {
    version: packageVersion(),
    home: paths.home,
    database: { kind, version, directory },
    processId,
    hostId,
  };
  return [
    healthRoutes({
      pool,
      lastMigration: parts.lastMigration,
      stopping,
      services: () => parts.services.map((service) => service.health()),
    }),
    statusRoute(status, parts.startedAt),
    openApiRoutes(status.version),
    eventRoutes({
      events,
      get maxStreams() {
        return settings['events.maxStreams'];
      },
      stopping,
      ...(overrides.heartbeatMs === undefined ? {} : { heartbeatMs: overrides.heartbeatMs }),
      ...(overrides.stallMs === undefined ? {} : { stallMs: overrides.stallMs }),
    }),
    monitoringRoutes({
      pool,
      locks,
      processId,
      agentNames: (ids) => agentNames(pool, ids),
      metrics,
    }),
    ...agents.routes,
    ...parts.remote.routes,
    parts.config.routes,
    parts.summaries.routes,
  ];
}

/** Makes HEADSPACE_HOME complete and reads its secrets. Throws StartError `home_not_writable`. */
function openHome(paths: HomePaths): { hook: string; operator: string; hostId: string } {
  try {
    ensureHome(paths);
    return {
      hook: readLine(paths.hookToken) ?? '',
      operator: readLine(paths.operatorToken) ?? '',
      hostId: readLine(paths.hostId) ?? '',
    };
  } catch (cause) {
    throw new StartError(
      'home_not_writable',
      `the folder ${paths.home} cannot be used (${cause instanceof Error ? cause.message : String(cause)})`,
      'change its owner or mode, or choose another folder with HEADSPACE_HOME',
      { cause },
    );
  }
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return z.object({ version: z.string() }).parse(content).version;
}
