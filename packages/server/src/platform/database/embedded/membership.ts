/**
 * Who uses the embedded PostgreSQL: every server process holds one session with a shared advisory
 * lock on it. The session's end tells at once that PostgreSQL is gone; the last process to leave
 * is the one that gets the lock for itself, and stops PostgreSQL.
 */
import pg from 'pg';
import { applicationName } from '../pool.ts';
import { clusterUrl } from './cluster.ts';
import type { Credentials } from './prepare.ts';

export interface Membership {
  /** Resolves with the reason when the session ends without us asking for it. */
  readonly lost: Promise<Error>;
  /** True when nobody else uses the server; then newcomers wait until the session ends. */
  isLast(): Promise<boolean>;
  /** Ends the session. */
  end(): Promise<void>;
}

/** The letters "headspmb". */
const MEMBERS_LOCK = '7522525836653653346';
/** The role and the database that Headspace works with; the superuser only prepares and watches. */
const APPLICATION = 'headspace';
const DUPLICATE_OBJECT = new Set(['42710', '42P04', '23505']);

/** Opens the session and makes role and database where they are missing. Throws as pg does. */
export async function join(port: number, credentials: Credentials): Promise<Membership> {
  const client = new pg.Client({
    connectionString: clusterUrl(port, credentials.superuser, 'postgres'),
    application_name: applicationName('member'),
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  const lost = new Promise<Error>((resolve) => {
    client.on('error', resolve);
    client.on('end', () => {
      resolve(new Error('the connection to PostgreSQL ended'));
    });
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock_shared($1)', [MEMBERS_LOCK]);
    await makeApplication(client, credentials.application);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    lost,
    async isLast() {
      await client.query('select pg_advisory_unlock_shared($1)', [MEMBERS_LOCK]);
      const { rows } = await client.query<{ last: boolean }>(
        'select pg_try_advisory_lock($1) as last',
        [MEMBERS_LOCK],
      );
      return rows[0]?.last ?? false;
    },
    end: () => client.end().catch(() => undefined),
  };
}

/** The address for everything but supervision: no superuser. */
export function applicationUrl(port: number, credentials: Credentials): string {
  return clusterUrl(port, credentials.application, APPLICATION, APPLICATION);
}

async function makeApplication(client: pg.Client, password: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_database where datname = $1', [
    APPLICATION,
  ]);
  if (rows.length > 0) return;
  const statements = [
    `create role ${APPLICATION} login password ${pg.escapeLiteral(password)}`,
    `create database ${APPLICATION} owner ${APPLICATION}`,
  ];
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (error) {
      // Another process that starts now was first.
      if (!(error instanceof pg.DatabaseError && DUPLICATE_OBJECT.has(error.code ?? ''))) {
        throw error;
      }
    }
  }
}
