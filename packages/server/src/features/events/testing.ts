/** Helpers of this folder's tests. */
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { pino } from 'pino';
import { systemClock } from '../../platform/clock.ts';
import { createEvents, type Events, type EventsOptions } from './events.ts';
import type { StreamItem } from './subscription.ts';

export interface EventsFixture extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  /** Another process's worth of events on the same database. */
  process(options?: Partial<EventsOptions>): Events;
}

export const silent = pino({ level: 'silent' });

export async function eventsFixture(): Promise<EventsFixture> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const newPool = (): pg.Pool => {
    const pool = new pg.Pool({ connectionString: database.url, max: 5 });
    pool.on('error', () => undefined);
    owned.defer(() => pool.end());
    return pool;
  };
  const owned = stack.use(new AsyncDisposableStack());
  const pool = newPool();
  stack.move();
  return {
    database,
    pool,
    process(options = {}) {
      const events = createEvents({
        pool: newPool(),
        connectionString: database.url,
        applicationName: 'test',
        clock: systemClock,
        logger: silent,
        ...options,
      });
      owned.use(events);
      return events;
    },
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Puts a message into the outbox, on a connection that may be in a transaction. */
export async function put(client: Pick<pg.Pool, 'query'>, message: string): Promise<void> {
  await client.query(`insert into outbox (type, message) values ('test', $1)`, [
    JSON.stringify(message),
  ]);
}

/** The whole stream: messages by position. */
export async function stream(pool: pg.Pool): Promise<{ position: number; message: string }[]> {
  const { rows } = await pool.query<{ position: string; message: string }>(
    'select position, message from stream order by position',
  );
  return rows.map((row) => ({
    position: Number(row.position),
    message: JSON.parse(row.message) as string,
  }));
}

export async function messages(pool: pg.Pool): Promise<string[]> {
  return (await stream(pool)).map(({ message }) => message);
}

/** Ids and data of the frames in a chunk of the wire. */
export function parseFrames(bytes: Buffer): { id: number; message: string }[] {
  return bytes
    .toString()
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split('\n');
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(name))?.slice(name.length) ?? '';
      return { id: Number(field('id: ')), message: JSON.parse(field('data: ')) as string };
    });
}

/** Reads items until `enough` messages came, or another kind of item than messages. */
export async function take(
  items: AsyncGenerator<StreamItem, void, void>,
  enough: number,
): Promise<{ messages: { id: number; message: string }[]; other: StreamItem | undefined }> {
  const found: { id: number; message: string }[] = [];
  while (found.length < enough) {
    const { value, done } = await items.next();
    if (done === true) return { messages: found, other: undefined };
    if (value.kind === 'messages') found.push(...parseFrames(value.bytes));
    else if (value.kind !== 'start') return { messages: found, other: value };
  }
  return { messages: found, other: undefined };
}

/** A connection of its own, closed with the test. */
export async function connect(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  });
}

/** Resolves once some session waits for a lock that another holds. */
export async function waitUntilBlocked(pool: pg.Pool): Promise<void> {
  await waitUntil(
    async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return (rowCount ?? 0) > 0;
    },
    { what: 'a session waits for a lock' },
  );
}
