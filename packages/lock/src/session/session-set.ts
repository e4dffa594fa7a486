/**
 * The few sessions that all locks of this process share. A key belongs to one slot by its hash; a
 * slot opens its session on first use and again after a loss. While a slot has none, another open
 * session takes its keys, so one lost connection stops nobody.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AdvisoryLockError, messageOf, sqlState } from '../errors.ts';
import type { LockKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import { OUT_OF_STEP } from './connection.ts';
import { Session, type SessionHooks } from './session.ts';

interface Slot {
  session: Session | null;
  opening: Promise<Session> | null;
  /** After a failure nobody opens it in the background before this time (performance.now). */
  retryAt: number;
}

const RETRY_MS = 1_000;

export class SessionSet {
  readonly #settings: Settings;
  readonly #hooks: SessionHooks;
  readonly #slots: readonly Slot[];
  /** Connections live longer than the call that opens them and must not keep its async context. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #closed = false;

  constructor(settings: Settings, hooks: SessionHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#slots = Array.from({ length: settings.sessions }, () => ({
      session: null,
      opening: null,
      retryAt: 0,
    }));
  }

  /** The open session for a key, or null when none is open yet. Opens the key's own beside. */
  ready(key: LockKey): Session | null {
    const slot = this.#slotOf(key);
    if (slot.session !== null) return slot.session;
    const other = this.#anyOpen();
    if (other !== null && this.#settings.runtime.now() >= slot.retryAt)
      this.#open(slot).catch(() => {});
    return other;
  }

  /** A session for a key, opened where needed. Throws AdvisoryLockError. */
  async forKey(key: LockKey): Promise<Session> {
    const ready = this.ready(key);
    if (ready !== null) return ready;
    try {
      return await this.#open(this.#slotOf(key));
    } catch (error) {
      const other = this.#anyOpen();
      if (other !== null) return other;
      throw error;
    }
  }

  /** Backend pids of the open sessions. */
  pids(): readonly number[] {
    return this.#slots.flatMap((slot) => (slot.session === null ? [] : [slot.session.pid]));
  }

  /** Places in PostgreSQL's lock table that this process takes or asks for. */
  lockTableEntries(): number {
    return this.#slots.reduce((sum, { session }) => sum + (session?.lockTableEntries ?? 0), 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#slots.map(async (slot) => {
        const session = slot.session ?? (await slot.opening?.catch(() => null));
        await session?.close();
      }),
    );
  }

  #slotOf(key: LockKey): Slot {
    const slot = this.#slots[key.hash % this.#slots.length];
    if (slot === undefined) throw new Error('no session slots');
    return slot;
  }

  #anyOpen(): Session | null {
    return this.#slots.find((slot) => slot.session !== null)?.session ?? null;
  }

  #open(slot: Slot): Promise<Session> {
    slot.opening ??= this.#outside(() => this.#openNow(slot)).finally(() => {
      slot.opening = null;
    });
    return slot.opening;
  }

  async #openNow(slot: Slot, tries = 5): Promise<Session> {
    if (this.#closed) throw new AdvisoryLockError('closed', 'the lock service is closed');
    const onLost = (session: Session, error: Error): void => {
      if (slot.session === session) slot.session = null;
      this.#hooks.onLost(session, error);
    };
    const session = new Session(this.#settings, { onLost, onMissing: this.#hooks.onMissing });
    try {
      await session.open();
    } catch (error) {
      slot.retryAt = this.#settings.runtime.now() + RETRY_MS;
      if (tries <= 1 || !wasEnded(error)) throw error;
      return this.#openNow(slot, tries - 1);
    }
    slot.session = session;
    return session;
  }
}

/**
 * Whether a connection that was made broke while it was opened, as on an administrator's command, or
 * was out of step from the start. PgBouncer 1.18 was seen to give such a one, under load.
 */
function wasEnded(error: unknown): boolean {
  if (!(error instanceof AdvisoryLockError)) return false;
  if (sqlState(error.cause) === '57P01') return true;
  const message = messageOf(error.cause);
  return message === OUT_OF_STEP || /ECONNRESET|EPIPE|terminated unexpectedly/.test(message);
}
