import type { ClientConfig } from 'pg';
import { safeEmitter, type EmitEvent } from './events.ts';
import type { MeterLike } from './metrics/histograms.ts';
import { systemRuntime, type Runtime } from './runtime.ts';
import { fenceSequenceName } from './session/fence.ts';

export interface AdvisoryLocksOptions {
  /** Where to connect. Either this or `connection`. Must not lead through a transaction pooler. */
  readonly connectionString?: string;
  /** Connection settings of the `pg` driver, in place of `connectionString`. */
  readonly connection?: ClientConfig;
  /** Sessions that share all locks of this process. Default 2. */
  readonly sessions?: number;
  /** Shown in pg_stat_activity. Default `advisory-lock`. */
  readonly applicationName?: string;
  /**
   * Sequence that fencing tokens come from: `name` or `schema.name`. Created when it is missing.
   * Every process that locks the same things must use the same one. Default `advisory_lock_fence`.
   */
  readonly fenceSequence?: string;
  /** Idle time after which the server ends a silent session, and its locks. Default 10,000 ms. */
  readonly leaseMs?: number;
  /** Longest silence of a session before it sends a heartbeat. Default a fifth of the lease. */
  readonly heartbeatMs?: number;
  /** Time allowed for opening one connection. Default 5,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Slow re-check of keys held elsewhere, should a notification get lost. Default 1,000 ms. */
  readonly recheckMs?: number;
  /** Hand-overs inside this process before the server is asked again. Default 256, at most 1,023. */
  readonly maxHandOvers?: number;
  /** Longest time for such a chain of hand-overs. Default 50 ms. */
  readonly maxHandOverMs?: number;
  /** How long this process stands back after giving a key to a waiting process. Default 20 ms. */
  readonly yieldMs?: number;
  /** Most callers that may wait at one time in this process. Default 10,000. */
  readonly maxWaiting?: number;
  /** Most keys that this process may hold or wait for at one time. Default 5,000. */
  readonly maxKeys?: number;
  /**
   * Share of PostgreSQL's lock table (max_locks_per_transaction × max_connections) that may be in
   * use, by all of the cluster, before this process takes no further keys. Default 0.75.
   */
  readonly lockTableShare?: number;
  /** Further PostgreSQL settings for the lock sessions, applied last. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** Receives every event. Called synchronously; must be quick. What it throws is ignored. */
  readonly onEvent?: EmitEvent;
  /** OpenTelemetry meter that wait and hold times go to, in seconds. */
  readonly meter?: MeterLike;
}

/** Options with every default applied. */
export interface Settings {
  readonly client: ClientConfig;
  readonly sessions: number;
  readonly fenceSequence: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly recheckMs: number;
  readonly maxHandOvers: number;
  readonly maxHandOverMs: number;
  readonly yieldMs: number;
  readonly maxWaiting: number;
  readonly maxKeys: number;
  readonly lockTableShare: number;
  readonly sessionSettings: Readonly<Record<string, string>>;
  readonly emit: EmitEvent;
  readonly runtime: Runtime;
}

export const DEFAULT_TIMEOUT_MS = 15_000;
/** Hand-overs that one token from the sequence leaves room for: see fence.ts. */
const HAND_OVER_LIMIT = 1_023;

/** Apply defaults and refuse values that cannot work. Throws RangeError. */
export function resolveSettings(
  options: AdvisoryLocksOptions,
  runtime: Runtime = systemRuntime,
): Settings {
  if (options.connectionString === undefined && options.connection === undefined)
    throw new RangeError('createAdvisoryLocks needs connectionString or connection');
  const leaseMs = wholeNumber('leaseMs', options.leaseMs ?? 10_000, 500, 3_600_000);
  // Sessions rest on one statement at a time, and read text.
  const client: ClientConfig & { binary: boolean } = {
    ...options.connection,
    pipeline: false,
    binary: false,
  };
  if (options.connectionString !== undefined) client.connectionString = options.connectionString;
  client.application_name = options.applicationName ?? 'advisory-lock';
  client.connectionTimeoutMillis = wholeNumber(
    'connectTimeoutMs',
    options.connectTimeoutMs ?? 5_000,
    1,
    600_000,
  );
  return {
    client,
    sessions: wholeNumber('sessions', options.sessions ?? 2, 1, 64),
    fenceSequence: fenceSequenceName(options.fenceSequence ?? 'advisory_lock_fence'),
    leaseMs,
    heartbeatMs: wholeNumber(
      'heartbeatMs',
      options.heartbeatMs ?? Math.floor(leaseMs / 5),
      10,
      leaseMs / 2,
    ),
    recheckMs: wholeNumber('recheckMs', options.recheckMs ?? 1_000, 10, 86_400_000),
    maxHandOvers: wholeNumber('maxHandOvers', options.maxHandOvers ?? 256, 0, HAND_OVER_LIMIT),
    maxHandOverMs: wholeNumber('maxHandOverMs', options.maxHandOverMs ?? 50, 0, 60_000),
    yieldMs: wholeNumber('yieldMs', options.yieldMs ?? 20, 0, 60_000),
    maxWaiting: wholeNumber('maxWaiting', options.maxWaiting ?? 10_000, 1, 10_000_000),
    maxKeys: wholeNumber('maxKeys', options.maxKeys ?? 5_000, 1, 10_000_000),
    lockTableShare: shareOf(options.lockTableShare ?? 0.75),
    sessionSettings: options.sessionSettings ?? {},
    emit: safeEmitter(options.onEvent),
    runtime,
  };
}

function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  return value;
}

function shareOf(value: number): number {
  if (!(value > 0 && value <= 1))
    throw new RangeError(`lockTableShare must be above 0 and at most 1, got ${value}`);
  return value;
}
