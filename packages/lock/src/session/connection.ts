/**
 * One connection of our own. Opens it, gives it its settings, and reports exactly once when it ends,
 * also without a running query. The socket is ours, so that a doubtful connection can be destroyed
 * at once; the server frees its session locks when it sees the socket close.
 */
import { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryArrayResult } from 'pg';
import { AdvisoryLockError, toLockError } from '../errors.ts';
import type { Link, LinkHooks } from '../runtime.ts';
import { refuseTransactionPooler } from './pooler.ts';
import { TextStatement, type Statement, type TextRow } from './text-statement.ts';

/** Message of a connection whose first answer is not to what was asked: another one will do. */
export const OUT_OF_STEP = 'the connection answers out of step';

export class Connection implements Link {
  /** Backend pid as the server itself says, which is not what a pooler reports. */
  readonly pid: number;
  readonly #client: Client;
  readonly #socket: Socket;
  /** The statement that runs: the driver wants one at a time. Null when idle. */
  #running: Promise<unknown> | null = null;

  private constructor(client: Client, socket: Socket, pid: number) {
    this.#client = client;
    this.#socket = socket;
    this.pid = pid;
  }

  /** Connect and apply `settings` (PostgreSQL settings). Throws AdvisoryLockError. */
  static async open(
    config: ClientConfig,
    settings: Readonly<Record<string, string>>,
    hooks: LinkHooks,
  ): Promise<Connection> {
    const socket = new Socket();
    const client = new Client({
      ...config,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      stream: () => socket,
    });
    const failures: Error[] = [];
    let report: ((error: Error) => void) | null = null;
    // Without these listeners a dying connection would end the process.
    client.on('error', (error) => (report === null ? failures.push(error) : report(error)));
    client.on('end', () => report?.(new Error('the connection was closed')));
    if (hooks.onNotification !== undefined) client.on('notification', hooks.onNotification);
    try {
      await client.connect();
      const pid = await readPid(client);
      await refuseTransactionPooler(client, config, pid);
      await applySettings(client, settings);
      await hooks.prepare?.((text, values = []) => runOn(client, text, values));
      if (failures.length > 0) throw failures[0];
      let told = false;
      report = (error) => {
        if (told) return;
        told = true;
        hooks.onGone(error);
      };
      return new Connection(client, socket, pid);
    } catch (error) {
      socket.destroy();
      // What ended the connection says more than the statement that then failed on it.
      throw toLockError(failures[0] ?? error, 'cannot open a connection for locks');
    }
  }

  readonly run = (text: string, values: readonly unknown[] = []): Promise<unknown[][]> =>
    this.#inTurn(() => runOn(this.#client, text, values));

  readonly send = (statement: Statement, values: readonly string[]): Promise<readonly TextRow[]> =>
    this.#inTurn(() => sendOn(this.#client, statement, values));

  /** Drop the connection without a word; the server notices the closed socket. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Run a last statement, say goodbye, wait until the socket is closed; at most `withinMs`. */
  async end(withinMs: number, lastStatement?: string): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.destroyed) resolve();
      else this.#socket.once('close', () => resolve());
    });
    const timer = setTimeout(() => this.#socket.destroy(), withinMs);
    if (lastStatement !== undefined) await this.run(lastStatement).catch(() => {});
    this.#client.end().catch(() => this.#socket.destroy());
    await closed;
    clearTimeout(timer);
  }

  /** At once when the connection is idle, else after the statements before. */
  #inTurn<Rows>(start: () => Promise<Rows>): Promise<Rows> {
    const before = this.#running;
    const rows = before === null ? start() : before.then(start, start);
    this.#running = rows;
    const ended = (): void => {
      if (this.#running === rows) this.#running = null;
    };
    rows.then(ended, ended);
    return rows;
  }
}

async function runOn(
  client: Client,
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  const result: QueryArrayResult<unknown[]> = await client.query({
    text,
    values: [...values],
    rowMode: 'array',
  });
  return result.rows;
}

function sendOn(
  client: Client,
  statement: Statement,
  values: readonly string[],
): Promise<readonly TextRow[]> {
  return new Promise((resolve, reject) => {
    client.query(new TextStatement(statement, values, resolve, reject));
  });
}

/** Backend pid as the server itself says. Refuses servers that are too old. */
async function readPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number; version: string }>(
    "select pg_backend_pid() as pid, current_setting('server_version_num') as version",
  );
  const row = rows[0];
  // A pooler may let in the end of an answer to somebody else; then this is not the answer to us.
  if (row === undefined) throw new Error(OUT_OF_STEP);
  if (Number(row.version) < 140_000)
    throw new AdvisoryLockError(
      'connection',
      `PostgreSQL ${row.version} has no idle_session_timeout, on which leases rest: use version 14 or newer.`,
    );
  return row.pid;
}

async function applySettings(
  client: Client,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(settings);
  const calls = entries.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`);
  await client.query(`select ${calls.join(', ')}`, entries.flat());
}
