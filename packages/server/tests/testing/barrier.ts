/**
 * Real interleaving without sleeps: a section is stopped between its fresh read and its write, at
 * the connection, so that another writer comes in between or has to wait.
 */
import { LockNamespace } from '@headspace/lock';
import type { TestServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import type pg from 'pg';

/** Let go at the end of its scope, so that a test that fails does not hang as well. */
export interface StoppedWrite extends Disposable {
  /** Resolves when the section has read and is about to write. */
  readonly reached: Promise<void>;
  goOn(): void;
}

type Query = (...args: unknown[]) => unknown;

/** Stops the next write of a section of this server; those after it go through. */
export function stopNextWrite(server: TestServer): StoppedWrite {
  return stopNextQuery(server, ({ name }) => name === 'persist-section');
}

/** Stops the next such statement of this server's transactions; those after it go through. */
export function stopNextQuery(
  { context }: TestServer,
  isIt: (statement: { name?: string; text?: string }) => boolean,
): StoppedWrite {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let armed = true;
  const patched = new WeakSet<object>();
  const fits = (statement: unknown): boolean =>
    isIt(typeof statement === 'string' ? { text: statement } : (statement ?? {}));
  context.pool.on('acquire', (client: pg.PoolClient) => {
    if (!armed || patched.has(client)) return;
    patched.add(client);
    const query = client.query.bind(client) as Query;
    const stopped: Query = (...args) => {
      if (!armed || !fits(args[0])) return query(...args);
      armed = false;
      reached.resolve();
      return gate.promise.then(() => query(...args));
    };
    Object.assign(client, { query: stopped });
  });
  const goOn = (): void => {
    armed = false;
    gate.resolve();
  };
  return { reached: reached.promise, goOn, [Symbol.dispose]: goOn };
}

/** Resolves when somebody waits for a row or transaction of another one, or when `done` has happened. */
export async function rowWaitOrDone(
  pool: pg.Pool,
  done: () => boolean | Promise<boolean>,
): Promise<void> {
  await waitUntil(
    async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where datname = current_database()
           and wait_event_type = 'Lock' and wait_event in ('transactionid', 'tuple')`,
      );
      return (rowCount ?? 0) > 0 || (await done());
    },
    { everyMs: 5, what: 'the other one waits or is done' },
  );
}

/** Resolves when a section of this server waits for an agent's lock, or when `done` has happened. */
export async function waitsOrDone(
  { context }: TestServer,
  done: () => Promise<boolean>,
): Promise<void> {
  await waitUntil(
    async () =>
      context.locks.localState().waiting.some(({ namespace }) => namespace === AGENT) ||
      (await done()),
    { everyMs: 5, what: 'the other writer waits or is done' },
  );
}

const AGENT = LockNamespace.AGENT;
