/**
 * Gives committed outbox rows their place in the stream.
 *
 *   a section commits ─► nudge ─► one run at a time per process ─► stream positions ─► notify
 *   a process that died in between ─► the tick of any process finds its rows
 *
 * Rows that are deleted leave dead versions, which a long transaction anywhere in the database
 * keeps alive. To not step over them in each run, the sequencer remembers an id up to which
 * everything is decided: each transaction that could still commit a smaller one has been seen to
 * end. That needs no snapshot and so is not held up by transactions that write other tables.
 */
import type { Pool, QueryResult } from 'pg';
import type { Logger } from '../../platform/log.ts';
import { readWriters, SEQUENCE_LIMIT, sequenceStatement, type Writers } from './queries.ts';

export interface SequencerOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  /** Told the new last position after each run that moved something. */
  readonly onMoved: (position: number) => void;
  /**
   * Least time between the starts of two runs. Each run is one flush to disk; under load this
   * makes a hundred of them a second carry everything, and a lone message never waits.
   */
  readonly gapMs?: number;
}

const DEFAULT_GAP_MS = 10;

export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #gapMs: number;
  #decided = 0n;
  #seen: Writers | undefined;
  #wanted = false;
  #running: Promise<void> | undefined;
  #lastStart = -Infinity;
  #closed = false;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#gapMs = options.gapMs ?? DEFAULT_GAP_MS;
  }

  /** Something was committed to the outbox. Returns at once; many calls lead to one run. */
  nudge(): void {
    this.#wanted = true;
    if (this.#closed || this.#running !== undefined) return;
    this.#running = this.#loop().finally(() => {
      this.#running = undefined;
      if (this.#wanted && !this.#closed) this.nudge();
    });
  }

  /** Moves everything that is committed now. Throws what the database says. */
  async sequence(): Promise<number> {
    let total = 0;
    for (;;) {
      const moved = await this.#runOnce();
      total += moved;
      if (moved < SEQUENCE_LIMIT) return total;
    }
  }

  /** Takes what other processes left behind, and moves the decided id on. Call it each second. */
  async tick(): Promise<void> {
    try {
      const before = this.#seen;
      const now = await readWriters(this.#options.pool);
      if (now.lastId < this.#decided) this.#decided = 0n; // An older state was restored.
      await this.sequence();
      if (before !== undefined && [...before.open].some((id) => now.open.has(id))) return;
      // All of `before.open` had ended when this run began, so it has moved what they left.
      if (before !== undefined && before.lastId <= now.lastId) this.#decided = before.lastId;
      this.#seen = now;
    } catch (error) {
      // What answers next may be another database, restored from a backup.
      this.#decided = 0n;
      this.#seen = undefined;
      throw error;
    }
  }

  /** No further runs; resolves when the present one is over. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      const waitMs = this.#lastStart + this.#gapMs - performance.now();
      // At most one round in each gap: what comes meanwhile travels with the next one.
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.#wanted = false;
      try {
        await this.sequence();
      } catch (error) {
        // Nothing is lost: the rows stay in the outbox, and the tick comes again.
        this.#options.logger.warn({ err: error }, 'outbox could not be sequenced');
        return;
      }
    }
  }

  async #runOnce(): Promise<number> {
    this.#lastStart = performance.now();
    // node-postgres answers several statements with an array, which its types do not say.
    const results: unknown = await this.#options.pool.query(sequenceStatement(this.#decided));
    const last = (results as QueryResult<{ moved: number; position: string }>[]).at(-1);
    const row = last?.rows[0];
    if (row === undefined) return 0;
    this.#options.onMoved(Number(row.position));
    return row.moved;
  }
}
