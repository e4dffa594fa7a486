/**
 * Follows the end of the stream for all readers of this process, and keeps the recent messages in
 * a bounded ring. It reads only while somebody listens.
 *
 *   wake (own sequencer, NOTIFY, slow poll) ─► read new rows ─► ring ─► readers go on
 */
import type { Pool } from 'pg';
import type { Logger } from '../../platform/log.ts';
import { batchAfter, makeBatch, type Batch } from './batch.ts';
import { readBounds, readMessages } from './queries.ts';

export interface TailOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  /** Size of the ring; what is older is read from the database. */
  readonly ringBytes?: number;
}

const DEFAULT_RING_BYTES = 32 * 1024 * 1024;
const PAGE = 500;

export interface Slice {
  readonly bytes: Buffer;
  readonly last: number;
}

/** `current`: nothing after the cursor yet. `gone`: the ring begins after it. */
export type RingAnswer = Slice | 'current' | 'gone';

export class Tail {
  readonly #options: TailOptions;
  readonly #ringBytes: number;
  #ring: Batch[] = [];
  #bytes = 0;
  /** Last position read; undefined while nobody listens. */
  #position: number | undefined;
  #listeners = 0;
  #reading: Promise<void> | undefined;
  /** Last position that somebody has told us of; Infinity: there may be more than that. */
  #told = 0;
  #rewinds = 0;
  #changed = Promise.withResolvers<void>();

  constructor(options: TailOptions) {
    this.#options = options;
    this.#ringBytes = options.ringBytes ?? DEFAULT_RING_BYTES;
  }

  get listeners(): number {
    return this.#listeners;
  }

  /** How often the stream was found to end before what had been read: see `verify`. */
  get rewinds(): number {
    return this.#rewinds;
  }

  /** Last position that was read; 0 while nobody listens. */
  get position(): number {
    return this.#position ?? 0;
  }

  /**
   * Notices that the database was restored to an earlier state under our feet. New messages would
   * get positions that we take for read. Call it each second.
   */
  async verify(): Promise<void> {
    const read = this.#position;
    if (read === undefined) return;
    const { head } = await readBounds(this.#options.pool);
    if (head >= read || this.#position === undefined) return;
    this.#forget();
    this.#position = head;
    this.#rewinds += 1;
    this.#announce();
  }

  /** Counts a reader in; the returned function counts it out. */
  async attach(): Promise<() => void> {
    this.#listeners += 1;
    let attached = true;
    const detach = (): void => {
      if (!attached) return;
      attached = false;
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#forget();
    };
    try {
      if (this.#position === undefined) {
        const { head } = await readBounds(this.#options.pool);
        this.#position ??= head;
      }
      return detach;
    } catch (error) {
      detach();
      throw error;
    }
  }

  /**
   * There is something new up to this position, or may be something, where none is given. The
   * same news comes twice, from the own sequencer and by notification; it is read once.
   */
  wake(upTo = Infinity): void {
    this.#told = Math.max(this.#told, upTo);
    if (!this.#behind()) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      this.wake(0); // News may have come between the last look and this line.
    });
  }

  #behind(): boolean {
    return this.#position !== undefined && this.#told > this.#position;
  }

  /** What the ring has after this cursor: one batch, or the rest of one. */
  after(cursor: number): RingAnswer {
    if (this.#position === undefined || cursor >= this.#position) return 'current';
    const batch = this.#ring.findLast(({ after }) => after <= cursor);
    if (batch === undefined) return 'gone';
    return { bytes: batchAfter(batch, cursor), last: batch.last };
  }

  /** Resolves at the next new batch, or when the signal fires. Never rejects. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise } = this.#changed;
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  async #read(): Promise<void> {
    while (this.#position !== undefined && this.#behind()) {
      const from = this.#position;
      // What was told of is committed, so this read finds it; what is told meanwhile counts anew.
      this.#told = 0;
      try {
        const rows = await readMessages(this.#options.pool, from, PAGE);
        if (this.#position !== from) continue; // Everybody left meanwhile.
        if (rows.length > 0) this.#append(makeBatch(from, rows));
        if (rows.length === PAGE) this.#told = Infinity;
      } catch (error) {
        // The next news, at the latest the slow poll, reads on from the same position.
        this.#options.logger.warn({ err: error }, 'event stream could not be read');
      }
    }
  }

  #append(batch: Batch): void {
    this.#ring.push(batch);
    this.#bytes += batch.bytes.length;
    while (this.#bytes > this.#ringBytes && this.#ring.length > 1) {
      this.#bytes -= this.#ring.shift()?.bytes.length ?? 0;
    }
    this.#position = batch.last;
    this.#announce();
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #forget(): void {
    this.#ring = [];
    this.#bytes = 0;
    this.#position = undefined;
  }
}
