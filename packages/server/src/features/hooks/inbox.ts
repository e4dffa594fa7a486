/**
 * The durable end of the hook routes. Events that arrive while a batch is being written gather and
 * travel together in the next one, so one flush to disk serves them all.
 */
import type { Pool } from 'pg';
import type { Envelope, StoredEvent } from './envelope.ts';

const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 16 * 1024 * 1024;

/**
 * The commit waits for the disk, whatever the database's own setting is. Ids are given in the order
 * of arrival, for the input is numbered. An event id that is there
 * already is a duplicate: it is counted and nothing else.
 */
const APPEND = `
with durable as materialized (select set_config('synchronous_commit', 'on', true) as commit),
given as (
  select g.* from durable, unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[],
    $7::bool[], $8::text[], $9::text[], $10::text[], $11::text[], $12::float8[], $13::float8[],
    $14::text[], $17::text[], $18::int8[], $19::bool[], $20::text[]) with ordinality
    as g(event_id, event, session_id, host, pid, proc_start, seen_alive, tmux_socket, tmux_pane,
      entrypoint, queue_key, sent_ms, received_ms, payload, seen_in, sequence, spooled, launch, n)
  where durable.commit = 'on'
),
added as (
  insert into hook_events (event_id, event, session_id, host, pid, proc_start, seen_alive,
    tmux_socket, tmux_pane, entrypoint, queue_key, sent_at, received_at, payload, seen_in,
    sequence, spooled, launch)
  select event_id, event, session_id, host, pid, proc_start, seen_alive, tmux_socket, tmux_pane,
    entrypoint, queue_key, to_timestamp(sent_ms / 1000), to_timestamp(received_ms / 1000), payload,
    seen_in, sequence, spooled, launch
  from given order by n
  on conflict (event_id) do nothing
  returning id, event_id
),
counted as (
  insert into hook_counters (process, received, duplicate)
  values ($15, $16::bigint, $16::bigint - (select count(*) from added))
  on conflict (process) do update set received = hook_counters.received + excluded.received,
    duplicate = hook_counters.duplicate + excluded.duplicate
)
select id::int8 as id, event_id from added`;

interface Waiting {
  envelope: Envelope;
  resolve: (stored: StoredEvent | null) => void;
  reject: (error: unknown) => void;
}

export class Inbox {
  private readonly pool: Pool;
  private readonly processId: string;
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(pool: Pool, processId: string) {
    this.pool = pool;
    this.processId = processId;
  }

  /**
   * Resolves when the event is on disk: to the stored row, or to null for a duplicate, whose first
   * delivery is on disk already. Rejects with the database's error; then nothing is stored, or it
   * is not known whether it is, and the sender may try again with the same id.
   */
  append(envelope: Envelope): Promise<StoredEvent | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ envelope, resolve, reject });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    // What arrives in the same turn of the event loop travels together.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      try {
        const ids = await this.store(batch.map(({ envelope }) => envelope));
        for (const { envelope, resolve } of batch) {
          const id = ids.get(envelope.eventId);
          // The same id twice in one batch: the first one gets the row.
          ids.delete(envelope.eventId);
          resolve(id === undefined ? null : { ...envelope, id, late: false, tries: 0 });
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }

  private takeBatch(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { envelope } of this.waiting) {
      characters += envelope.payload.length;
      if (count > 0 && (count >= BATCH_ROWS || characters > BATCH_CHARACTERS)) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async store(batch: Envelope[]): Promise<Map<string, number>> {
    const column = <K extends keyof Envelope>(key: K) => batch.map((envelope) => envelope[key]);
    const { rows } = await this.pool.query<{ id: string; event_id: string }>({
      name: 'append-hook-events',
      text: APPEND,
      values: [
        column('eventId'),
        column('event'),
        column('sessionId'),
        column('host'),
        column('pid'),
        column('procStart'),
        column('seenAlive'),
        column('tmuxSocket'),
        column('tmuxPane'),
        column('entrypoint'),
        column('queueKey'),
        column('sentAt'),
        column('receivedAt'),
        column('payload'),
        this.processId,
        batch.length,
        column('seenIn'),
        column('sequence'),
        column('spooled'),
        column('launch'),
      ],
    });
    return new Map(rows.map((row) => [row.event_id, Number(row.id)]));
  }
}
