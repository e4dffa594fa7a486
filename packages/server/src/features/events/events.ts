/** The outbox and the stream of one process, put together. */
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { Listener } from './listener.ts';
import { readBounds, STREAM_CHANNEL } from './queries.ts';
import { Sequencer } from './sequencer.ts';
import { subscribe, type StreamItem, type SubscribeOptions } from './subscription.ts';
import { Tail } from './tail.ts';

export interface EventsOptions {
  readonly pool: Pool;
  /** For the connection that listens. */
  readonly connectionString: string;
  readonly applicationName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ringBytes?: number;
  readonly sequenceGapMs?: number;
}

export interface Events extends AsyncDisposable {
  /** Call it after a commit that put rows into the outbox. Returns at once. */
  nudge(): void;
  /** Moves what is committed now into the stream and returns how much; for tests and the end. */
  sequence(): Promise<number>;
  /** Finds what crashed processes and lost notifications left. Run it each second. */
  tick(): Promise<void>;
  /**
   * Cursor of the present end. Read it before a snapshot: what the snapshot misses comes after it.
   * Some messages after it may be in the snapshot already.
   */
  cursor(): Promise<string>;
  /** Messages after a position, for ever. */
  subscribe(options: SubscribeOptions): AsyncGenerator<StreamItem, void, void>;
  /** Readers at present. */
  readonly readers: number;
  /** Starts to listen for other processes. */
  start(): void;
}

export function createEvents(options: EventsOptions): Events {
  const { pool, logger, clock } = options;
  const tail = new Tail({ pool, logger, ...defined('ringBytes', options.ringBytes) });
  const sequencer = new Sequencer({
    pool,
    logger,
    onMoved: (position) => tail.wake(position),
    ...defined('gapMs', options.sequenceGapMs),
  });
  const listener = new Listener({
    connectionString: options.connectionString,
    applicationName: options.applicationName,
    channel: STREAM_CHANNEL,
    clock,
    logger,
    onNews: (payload) => tail.wake(payload === undefined ? undefined : Number(payload)),
  });
  return {
    nudge: () => sequencer.nudge(),
    sequence: () => sequencer.sequence(),
    async tick() {
      tail.wake();
      await tail.verify();
      await sequencer.tick();
    },
    cursor: async () => String((await readBounds(pool)).head),
    subscribe: (to) => subscribe(pool, tail, to),
    get readers() {
      return tail.listeners;
    },
    start: () => listener.start(),
    async [Symbol.asyncDispose]() {
      await Promise.all([sequencer.close(), listener.close()]);
    },
  };
}

/** An option that is left out where it is undefined (exactOptionalPropertyTypes). */
function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
