/** The application's connection pool, and what must be true of the server before we use it. */
import { hostname } from 'node:os';
import pg from 'pg';
import { checkCapacity } from './capacity.ts';
import { StartError } from './start-error.ts';

export interface PoolOptions {
  readonly connectionString: string;
  /** Connections that stay open once they were needed. */
  readonly poolSize: number;
  /** Connections beyond that under load; they close after `OVERFLOW_IDLE_MS` without work. */
  readonly maxOverflow: number;
  /** Told of each idle connection that broke; the pool replaces it by itself. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Last part of the connections' name; `pool` unless set. */
  readonly purpose?: 'pool' | 'jobs';
}

/** Oldest server that has what the schema and the lock package use. */
export const OLDEST_SERVER_MAJOR = 14;

const OVERFLOW_IDLE_MS = 10_000;
/** How long a caller waits for a free connection, or for a new one to open. */
const CONNECT_TIMEOUT_MS = 10_000;
const SESSION_SETTINGS = 'set plan_cache_mode = force_generic_plan; set jit = off';
/** PostgreSQL cuts application_name after 63 bytes; pid and purpose must survive that. */
const HOST_NAME_LENGTH = 32;

/** Every connection's name starts with this; the part before the purpose names the process. */
export const PROCESS_NAME = `headspace:${hostname().slice(0, HOST_NAME_LENGTH)}:${String(process.pid)}`;

/** `application_name` of a connection: `headspace:<host>:<pid>:<purpose>`. */
export function applicationName(purpose: 'pool' | 'lock' | 'listen' | 'member' | 'jobs'): string {
  return `${PROCESS_NAME}:${purpose}`;
}

/**
 * A pool of at most `poolSize + maxOverflow` connections. It opens them when they are needed.
 * A broken idle connection is dropped and reported, never thrown.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: applicationName(options.purpose ?? 'pool'),
    max: options.poolSize + options.maxOverflow,
    min: options.poolSize,
    idleTimeoutMillis: OVERFLOW_IDLE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Our hot statements are prepared once and alike for all values: planning each anew took half
    // of their time, and compiling plans (jit) pays for none of them. By a statement, since poolers
    // refuse settings in the startup message.
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it; its types do not say so
    onConnect: async (client) => {
      await client.query(SESSION_SETTINGS);
    },
  });
  // Without a listener a connection that the server closes while idle ends the process.
  pool.on('error', (error) => options.onConnectionLost?.(error));
  return pool;
}

/**
 * A pool on a server that was looked at: reachable, new enough, with room for this process beside
 * those that are connected. Throws StartError: `database_unreachable`, `database_too_old`,
 * `connections_exceed_limit`. The caller ends the pool.
 */
export async function openPool(options: PoolOptions): Promise<pg.Pool> {
  const pool = createPool(options);
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw unreachable(options.connectionString, error);
    });
    try {
      await checkVersion(client);
      await checkCapacity(client, options);
    } finally {
      client.release();
    }
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function checkVersion(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number,
            current_setting('server_version') as name`,
  );
  const version = rows[0];
  if (version !== undefined && version.number >= OLDEST_SERVER_MAJOR * 10_000) return;
  throw tooOld(version?.name ?? 'unknown');
}

/** The error for a server of this version, `13.14` for example. */
export function tooOld(version: string): StartError {
  return new StartError(
    'database_too_old',
    `the database server is PostgreSQL ${version}, and Headspace needs ${String(OLDEST_SERVER_MAJOR)} or newer`,
    'upgrade the server, or unset DATABASE_URL to use the embedded PostgreSQL',
  );
}

function unreachable(connectionString: string, cause: unknown): StartError {
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  return new StartError(
    'database_unreachable',
    `the database at ${withoutSecret(connectionString)} cannot be used (${reason})`,
    'check DATABASE_URL and that the server runs, or unset it to use the embedded PostgreSQL',
    { cause },
  );
}

/** Host, port and database of a connection address; never its user name or password. */
export function withoutSecret(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    return `${url.host === '' ? (url.searchParams.get('host') ?? 'localhost') : url.host}${url.pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}
