/**
 * PostgreSQL keeps all locks of all databases in one table of fixed size. When it is full, every
 * statement of the cluster that needs a lock fails. So we refuse a key before that happens: once this
 * process has many entries, the server is asked now and then how full the table is.
 */
import { AdvisoryLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { Runtime } from '../runtime.ts';

/** Entries of this process up to which nobody is asked. */
const SMALL = 256;
/** Share of the table that may be added, and time that may pass, until the next look. */
const SHARE_PER_LOOK = 1 / 32;
const LOOK_AGAIN_MS = 500;

export interface TableUse {
  /** Entries of sessions that are not ours. */
  readonly others: number;
  readonly capacity: number;
}

export class LockTableGuard {
  readonly #runtime: Runtime;
  readonly #share: number;
  readonly #ownEntries: () => number;
  readonly #read: () => Promise<TableUse>;
  #looking: Promise<void> | null = null;
  #last: (TableUse & { readonly own: number }) | null = null;
  #lookedAt = -Infinity;

  /** `share` of the table may be in use, by all sessions of the cluster, before we refuse. */
  constructor(
    runtime: Runtime,
    share: number,
    ownEntries: () => number,
    read: () => Promise<TableUse>,
  ) {
    this.#runtime = runtime;
    this.#share = share;
    this.#ownEntries = ownEntries;
    this.#read = read;
  }

  /** Whether this process has so many entries that the rest of this class matters. */
  isNeeded(): boolean {
    return this.#ownEntries() >= SMALL;
  }

  mustLook(): boolean {
    const own = this.#ownEntries();
    const last = this.#last;
    if (this.#runtime.now() - this.#lookedAt >= LOOK_AGAIN_MS) return true;
    return last !== null && own >= last.own + last.capacity * SHARE_PER_LOOK;
  }

  /** Ask the server. Never rejects: without an answer the last one counts. */
  look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Throws AdvisoryLockError `lock_table_full` when one more entry would be too many. */
  admit(key: LockKey): void {
    if (this.#last === null) return;
    const own = this.#ownEntries();
    const { others, capacity } = this.#last;
    if (others + own < capacity * this.#share) return;
    throw new AdvisoryLockError(
      'lock_table_full',
      `lock ${describeKey(key)}: about ${others + own} of ${capacity} entries of PostgreSQL's lock table are in use.` +
        ' Raise max_locks_per_transaction, hold fewer locks, or raise lockTableShare.',
    );
  }

  async #lookNow(): Promise<void> {
    this.#lookedAt = this.#runtime.now();
    const own = this.#ownEntries();
    try {
      this.#last = { ...(await this.#read()), own };
    } catch {
      // The locks themselves may still work; the next look comes within a second.
    }
  }
}
