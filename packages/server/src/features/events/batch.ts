/** Messages made ready for the wire, once per process, whoever reads them. */
import type { StreamRow } from './queries.ts';

/** Consecutive messages as bytes of an event stream. */
export interface Batch {
  /** Position before the first message. */
  readonly after: number;
  /** Position of the last message. */
  readonly last: number;
  readonly bytes: Buffer;
  /** Where each message begins in `bytes`. */
  readonly starts: readonly number[];
  readonly positions: readonly number[];
}

/** One frame. A message is stored as JSON on one line; should it have line ends, they are kept apart. */
export function frame(id: number, type: string, data: string): string {
  const body = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
  return `id: ${String(id)}\nevent: ${type}\ndata: ${body}\n\n`;
}

/** Makes one batch of rows that follow `after`. There is at least one. */
export function makeBatch(after: number, rows: readonly StreamRow[]): Batch {
  const frames = rows.map((row) => Buffer.from(frame(row.position, row.type, row.message)));
  const starts: number[] = [];
  let length = 0;
  for (const bytes of frames) {
    starts.push(length);
    length += bytes.length;
  }
  const positions = rows.map((row) => row.position);
  return {
    after,
    last: positions.at(-1) ?? after,
    bytes: Buffer.concat(frames, length),
    starts,
    positions,
  };
}

/** The part of a batch that comes after a cursor. No copy is made. */
export function batchAfter(batch: Batch, cursor: number): Buffer {
  if (cursor <= batch.after) return batch.bytes;
  const index = batch.positions.findIndex((position) => position > cursor);
  return index < 0 ? Buffer.alloc(0) : batch.bytes.subarray(batch.starts[index]);
}
