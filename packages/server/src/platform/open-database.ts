/** The database of this process: one of the user's own, or the embedded one. Migrated, and open. */
import type { Settings } from '@headspace/contract';
import type { Pool } from 'pg';
import {
  migrate,
  openPool,
  startEmbedded,
  type EmbeddedEvent,
  type EmbeddedPostgres,
} from './database/index.ts';
import type { Logger } from './log.ts';
import { within } from './within.ts';

const POOL_END_MS = 2_000;

export interface Database extends AsyncDisposable {
  readonly kind: 'embedded' | 'external';
  readonly connectionString: string;
  readonly pool: Pool;
  /** Version of the PostgreSQL server, `18.4` for example. */
  readonly version: string;
  /** Data folder of the embedded one. */
  readonly directory: string | null;
}

/**
 * Starts or finds PostgreSQL, checks it, brings the schema up to the code and opens the pool.
 * Throws StartError. Disposing ends the pool, then what was started here.
 */
export async function openDatabase(
  settings: Settings,
  home: string,
  logger: Logger,
): Promise<Database> {
  const external = settings['database.url'];
  const embedded =
    external === undefined
      ? await startEmbedded({ home, onEvent: (event) => logEmbedded(logger, event) })
      : undefined;
  const connectionString = external ?? embedded?.url ?? '';
  try {
    const pool: Pool = await openPool({
      connectionString,
      poolSize: settings['database.poolSize'],
      maxOverflow: settings['database.maxOverflow'],
      // Connections that are still saying goodbye when the database stops are no news.
      onConnectionLost: (error) => {
        if (!pool.ending) logger.warn({ err: error }, 'database connection lost');
      },
    });
    try {
      const applied = await migrate(connectionString);
      if (applied.length > 0) logger.info({ migrations: applied }, 'database migrated');
      return handle(pool, connectionString, await serverVersion(pool), embedded);
    } catch (error) {
      await pool.end();
      throw error;
    }
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function handle(
  pool: Pool,
  connectionString: string,
  version: string,
  embedded: EmbeddedPostgres | undefined,
): Database {
  return {
    kind: embedded === undefined ? 'external' : 'embedded',
    connectionString,
    pool,
    version,
    directory: embedded?.location.dataDir ?? null,
    async [Symbol.asyncDispose]() {
      // A statement that hangs must not keep the process.
      await within(POOL_END_MS, pool.end());
      await embedded?.stop();
    },
  };
}

async function serverVersion(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ version: string }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version`,
  );
  return rows[0]?.version ?? 'unknown';
}

function logEmbedded(logger: Logger, event: EmbeddedEvent): void {
  const { kind, ...fields } = event;
  const data = 'error' in fields ? { ...fields, error: undefined, err: fields.error } : fields;
  const level = kind === 'lost' || kind === 'restart_failed' ? 'warn' : 'info';
  logger[level](data, `embedded PostgreSQL: ${kind.replaceAll('_', ' ')}`);
}
