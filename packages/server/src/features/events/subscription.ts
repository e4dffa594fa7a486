/**
 * One reader's way through the stream, from any position:
 *
 *   backfill   pages from the database, until the cursor lies within the ring
 *   live       batches from the ring, as they come
 *
 * The ring is the bounded buffer of all readers: each has only a cursor, so a slow one costs no
 * memory. One that has become live and then falls out of the ring is told so and ends; it comes
 * back with its cursor and is served from the database.
 */
import type { Pool } from 'pg';
import { makeBatch } from './batch.ts';
import { readBounds, readMessages } from './queries.ts';
import type { Tail } from './tail.ts';

/** What a reader is given next. Positions are numbers; `last` is the cursor after this item. */
export type StreamItem =
  | { readonly kind: 'start'; readonly last: number }
  | { readonly kind: 'messages'; readonly last: number; readonly bytes: Buffer }
  /** The cursor means nothing here any more: read everything anew, then go on from `last`. */
  | { readonly kind: 'reset'; readonly last: number }
  | { readonly kind: 'end'; readonly last: number; readonly reason: 'too_slow' };

export interface SubscribeOptions {
  /** Go on after this position; undefined: start at the present end; null: a cursor not ours. */
  readonly after: number | null | undefined;
  readonly signal: AbortSignal;
}

const PAGE = 500;

/**
 * Everything after a cursor, without a gap and without an end until `signal` fires. Throws what
 * the database says when it cannot be read.
 */
export async function* subscribe(
  pool: Pool,
  tail: Tail,
  { after, signal }: SubscribeOptions,
): AsyncGenerator<StreamItem, void, void> {
  const detach = await tail.attach();
  try {
    const { head, oldest } = await readBounds(pool);
    let cursor = after ?? head;
    let live = false;
    let { rewinds } = tail;
    const known = after !== null && cursor <= head && (cursor === head || covers(oldest, cursor));
    if (known) yield { kind: 'start', last: cursor };
    else yield { kind: 'reset', last: (cursor = head) };
    while (!signal.aborted) {
      const slice = tail.after(cursor);
      if (rewinds !== tail.rewinds) {
        ({ rewinds } = tail);
        yield { kind: 'reset', last: (cursor = tail.position) };
      } else if (slice === 'current') {
        live = true;
        await tail.changed(signal);
      } else if (slice !== 'gone') {
        live = true;
        cursor = slice.last;
        yield { kind: 'messages', ...slice };
      } else if (live) {
        yield { kind: 'end', last: cursor, reason: 'too_slow' };
        return;
      } else {
        const page = await backfill(pool, cursor);
        cursor = page.last;
        yield page;
      }
    }
  } finally {
    detach();
  }
}

/** True when nothing after the cursor has been deleted. */
function covers(oldest: number | null, cursor: number): boolean {
  return oldest !== null && cursor >= oldest - 1;
}

async function backfill(pool: Pool, cursor: number): Promise<StreamItem> {
  const rows = await readMessages(pool, cursor, PAGE);
  // Positions have no gaps; one means that retention has passed the cursor meanwhile.
  if (rows[0]?.position !== cursor + 1) {
    const { head } = await readBounds(pool);
    return { kind: 'reset', last: head };
  }
  const batch = makeBatch(cursor, rows);
  return { kind: 'messages', last: batch.last, bytes: batch.bytes };
}
