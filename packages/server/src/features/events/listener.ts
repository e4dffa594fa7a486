/**
 * Hears other processes: one connection that does nothing but LISTEN. It comes back by itself;
 * what is said while it is away is found by the slow poll.
 */
import pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';

export interface ListenerOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly channel: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each notification, and, without a payload, of each connect: something may have been missed. */
  readonly onNews: (payload?: string) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #stopping = new AbortController();
  #client: pg.Client | undefined;
  #done: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Starts listening in the background. */
  start(): void {
    this.#done ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#client?.end().catch(() => undefined);
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stopping;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.#listen(() => (retryMs = FIRST_RETRY_MS));
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, retryMs }, 'connection for stream notifications lost');
      }
      await clock.sleep(retryMs, signal);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  /** Resolves or throws when the connection ends. */
  async #listen(onConnected: () => void): Promise<void> {
    const { connectionString, applicationName, channel, onNews } = this.#options;
    const client = new pg.Client({
      connectionString,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    const ended = Promise.withResolvers<void>();
    ended.promise.catch(() => undefined);
    client.on('error', (error) => ended.reject(error));
    client.on('end', () => ended.resolve());
    client.on('notification', ({ payload }) => onNews(payload));
    try {
      await client.connect();
      this.#client = client;
      await client.query(`listen ${channel}`);
      onConnected();
      onNews();
      if (this.#stopping.signal.aborted) return;
      await ended.promise;
    } finally {
      this.#client = undefined;
      await client.end().catch(() => undefined);
    }
  }
}
