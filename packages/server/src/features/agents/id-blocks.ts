/**
 * Ids from a sequence in blocks, so that a row's id is known before the row is written and costs
 * no round trip. The sequence's increment is the block size; gaps are harmless.
 */
import type { Pool } from 'pg';

export class IdBlocks {
  private readonly pool: Pool;
  private readonly sequence: string;
  private readonly size: number;
  private next = 0;
  private left = 0;

  constructor(pool: Pool, sequence: 'commands_id_seq' | 'transitions_id_seq', size = 100) {
    this.pool = pool;
    this.sequence = sequence;
    this.size = size;
  }

  /** Makes sure that `count` ids can be taken without waiting. */
  async reserve(count: number): Promise<void> {
    while (this.left < count) {
      // A block that does not continue the last one replaces it; the rest of the old one is lost.
      const { rows } = await this.pool.query<{ start: string }>('select nextval($1) as start', [
        this.sequence,
      ]);
      const start = Number(rows[0]?.start);
      if (this.left > 0 && this.next + this.left === start) this.left += this.size;
      else if (this.left < count) {
        this.next = start;
        this.left = this.size;
      }
    }
  }

  take(): number {
    if (this.left === 0) throw new Error(`no id of ${this.sequence} was reserved`);
    this.left--;
    return this.next++;
  }
}
