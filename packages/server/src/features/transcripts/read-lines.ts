/**
 * Complete lines of a file from a byte offset on. A last line without its end waits; a line that is
 * longer than any entry is passed over without being kept. What one call holds in memory has a
 * bound, whatever the file's size.
 */
import type { FileHandle } from 'node:fs/promises';

export interface ReadLimits {
  /** Read from the disk at once. */
  chunkBytes: number;
  /** Lines of about this many bytes are given at once, at least one. */
  batchBytes: number;
  /** A longer line is passed over. Pasted images make lines of some megabytes. */
  lineBytes: number;
}

export const READ_LIMITS: ReadLimits = {
  chunkBytes: 1024 * 1024,
  batchBytes: 4 * 1024 * 1024,
  lineBytes: 32 * 1024 * 1024,
};

export interface ReadPosition {
  offset: number;
  /** Within a line that is passed over. */
  skipping: boolean;
}

export interface ReadResult extends ReadPosition {
  /** Lines that were passed over. */
  oversized: number;
  /** Everything up to the end of the file was looked at. */
  atEnd: boolean;
}

const LF = 0x0a;

/** Room for a line or two, where the file has hardly grown. */
const LEAST_BYTES = 16 * 1024;

/**
 * Gives each complete, not empty line to `onLine`; a CR before its end belongs to its end. One buffer
 * serves the whole call, as large as what `size` promises: a megabyte for each line that a session
 * writes kept the garbage collector busier than everything else.
 */
export async function readLines(
  handle: FileHandle,
  from: ReadPosition,
  size: number,
  onLine: (line: string) => void,
  limits: ReadLimits = READ_LIMITS,
): Promise<ReadResult> {
  const reader = new LineReader(from, onLine, limits);
  const wanted = Math.max(size - from.offset, LEAST_BYTES);
  const chunk = Buffer.allocUnsafe(Math.min(limits.chunkBytes, wanted));
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, reader.readTo);
    if (bytesRead === 0) return reader.result(true);
    reader.take(chunk.subarray(0, bytesRead));
    if (reader.full) return reader.result(false);
  }
}

class LineReader {
  /** Up to here the file has been read; what is behind `offset` waits for its end. */
  readTo: number;
  private offset: number;
  private skipping: boolean;
  private oversized = 0;
  private readonly start: number;
  private readonly onLine: (line: string) => void;
  private readonly limits: ReadLimits;
  private waiting: Buffer[] = [];

  constructor(from: ReadPosition, onLine: (line: string) => void, limits: ReadLimits) {
    this.start = this.offset = this.readTo = from.offset;
    this.skipping = from.skipping;
    this.onLine = onLine;
    this.limits = limits;
  }

  get full(): boolean {
    return this.offset - this.start >= this.limits.batchBytes;
  }

  result(atEnd: boolean): ReadResult {
    return { offset: this.offset, skipping: this.skipping, oversized: this.oversized, atEnd };
  }

  take(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, begin)) {
      this.endLine(chunk.subarray(begin, end));
      begin = end + 1;
      this.offset = this.readTo + begin;
    }
    this.readTo += chunk.length;
    this.keep(chunk.subarray(begin));
  }

  private endLine(last: Buffer): void {
    const { waiting } = this;
    this.waiting = [];
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    const line = waiting.length === 0 ? last : Buffer.concat([...waiting, last]);
    if (line.length > this.limits.lineBytes) {
      this.oversized += 1;
      return;
    }
    const text = line.toString('utf8').trim();
    if (text !== '') this.onLine(text);
  }

  private keep(rest: Buffer): void {
    if (!this.skipping) {
      // The buffer is used again.
      if (rest.length > 0) this.waiting.push(Buffer.from(rest));
      if (this.readTo - this.offset <= this.limits.lineBytes) return;
      this.waiting = [];
      this.skipping = true;
      this.oversized += 1;
    }
    this.offset = this.readTo;
  }
}
