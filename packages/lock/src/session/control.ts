/**
 * The control connection: hears and sends "this key was released", and answers questions about
 * locks. It holds no lock and is opened on first need. Notifications of a batch travel here and not in
 * the releasing statement, because a commit with NOTIFY waits for a lock that all databases share.
 * When it is gone, waiters are slower (they look again every `recheckMs`) but never stuck.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { messageOf } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { Link, LinkHooks } from '../runtime.ts';
import { CHANNEL, NOTIFY } from './statements.ts';

/** A payload may have at most 8,000 bytes; an interest key has at most 20 with its comma. */
const KEYS_PER_NOTIFICATION = 390;

export interface ControlHooks {
  /** Keys with these interest keys (their text form) were released somewhere. */
  readonly onReleased: (interest: ReadonlySet<string>) => void;
  /** From now on notifications are heard; what was sent before may be lost. */
  readonly onListening: () => void;
}

export class Control {
  readonly #settings: Settings;
  readonly #hooks: ControlHooks;
  #connection: Link | null = null;
  #opening: Promise<Link> | null = null;
  #listening = false;
  #outbox = new Set<bigint>();
  #sending = false;
  /** See SessionSet. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #closed = false;

  constructor(settings: Settings, hooks: ControlHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** Begin to listen if that is not so already. Failures are left to the next call. */
  listen(): void {
    if (this.#closed || this.#listening) return;
    this.#listening = true;
    this.#startListening().catch(() => {
      this.#listening = false;
    });
  }

  /** Tell every listening process that keys with these interest keys were released. */
  notify(interest: bigint): void {
    if (this.#closed) return;
    this.#outbox.add(interest);
    if (this.#sending) return;
    this.#sending = true;
    this.#settings.runtime.nextTurn(() => void this.#sendOutbox());
  }

  /** Run a read. Throws what Connection throws. */
  async query(text: string, values: readonly unknown[]): Promise<readonly unknown[][]> {
    const connection = await this.#open();
    return connection.run(text, values);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection ?? (await this.#opening?.catch(() => null));
    await connection?.end(1_000);
  }

  async #startListening(): Promise<void> {
    const connection = await this.#open();
    await connection.run(`listen ${CHANNEL}`);
    this.#hooks.onListening();
  }

  async #sendOutbox(): Promise<void> {
    while (this.#outbox.size > 0 && !this.#closed) {
      const keys = [...this.#outbox].slice(0, KEYS_PER_NOTIFICATION);
      for (const key of keys) this.#outbox.delete(key);
      try {
        const connection = await this.#open();
        await connection.send(NOTIFY, [CHANNEL, keys.join(',')]);
      } catch (error) {
        // Waiters look again by themselves; a lost notification costs them time only.
        const wrapped = error instanceof Error ? error : new Error(messageOf(error));
        this.#settings.emit({ type: 'notify_failed', error: wrapped });
      }
    }
    this.#sending = false;
  }

  #open(): Promise<Link> {
    if (this.#connection !== null) return Promise.resolve(this.#connection);
    this.#opening ??= this.#outside(() => this.#openNow()).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openNow(): Promise<Link> {
    const connection = await this.#settings.runtime.connect(
      this.#settings.client,
      { synchronous_commit: 'off', idle_session_timeout: '0', lock_timeout: '0' },
      {
        onGone: () => {
          this.#connection = null;
          this.#listening = false;
        },
        onNotification: (message) => this.#receive(message),
      },
    );
    this.#connection = connection;
    return connection;
  }

  #receive(message: Parameters<NonNullable<LinkHooks['onNotification']>>[0]): void {
    if (message.channel !== CHANNEL || message.payload === undefined) return;
    // Anybody may notify: what is no key of ours is no key that anybody waits for.
    this.#hooks.onReleased(new Set(message.payload.split(',')));
  }
}
