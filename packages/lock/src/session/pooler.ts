/**
 * Poolers. Session locks need a server session of their own. A pooler in transaction (or statement)
 * mode gives each transaction any session, so locks would stay behind in sessions of others, and
 * settings of ours would reach other clients. So the test runs before anything is set.
 *
 * A pooler makes up the key data that a client gets when it connects, so a backend pid that differs
 * from it means: there is one. In session mode that is fine.
 */
import { Client, type ClientConfig } from 'pg';
import { AdvisoryLockError, messageOf, sqlState } from '../errors.ts';

/** Longest wait for the second connection; a session pooler may have no room for it. */
const PROBE_MS = 2_000;
const LOOKS = 3;
const PID = 'select pg_backend_pid() as pid';

/** The refusal. */
export function poolerError(cause?: unknown): AdvisoryLockError {
  return new AdvisoryLockError(
    'pooler',
    'Statements reach different server sessions: there is a connection pooler in transaction mode between.' +
      ' Connect the locks to PostgreSQL directly, or through a pooler in session mode.',
    { cause },
  );
}

/** A prepared statement of ours that the server does not know, or knows already, is somebody else's session. */
export function isPoolerSymptom(error: unknown): boolean {
  const state = sqlState(error);
  if (state === '26000') return true;
  return state === '42P05' && /advisory_lock_/.test(messageOf(error));
}

/**
 * Throw AdvisoryLockError `pooler` when the connection does not keep its server session. `pid` is
 * what the server said first. A direct connection costs nothing here.
 */
export async function refuseTransactionPooler(
  client: Client,
  config: ClientConfig,
  pid: number,
): Promise<void> {
  if (pid === announcedPid(client)) return;
  const second = new Client({ ...config, connectionTimeoutMillis: PROBE_MS });
  second.on('error', () => {});
  const tooLong = setTimeout(() => void second.end().catch(() => {}), PROBE_MS);
  try {
    // While our session is idle, a pooler in transaction mode lends it to this transaction.
    const others = await secondPid(second);
    if (others === pid) throw poolerError();
    for (let look = 0; look < LOOKS; look++) if ((await pidOf(client)) !== pid) throw poolerError();
  } finally {
    clearTimeout(tooLong);
    second.end().catch(() => {});
  }
}

/** Null when it does not come: then nothing is proved, and each statement's pid is checked anyway. */
async function secondPid(second: Client): Promise<number | null> {
  try {
    await second.connect();
    await second.query('begin');
    return (await pidOf(second)) ?? null;
  } catch {
    return null;
  }
}

async function pidOf(client: Client): Promise<number | undefined> {
  return (await client.query<{ pid: number }>(PID)).rows[0]?.pid;
}

/** The pid of the BackendKeyData message; the driver has it, its types do not. */
function announcedPid(client: Client): number | undefined {
  return (client as { processID?: number }).processID;
}
