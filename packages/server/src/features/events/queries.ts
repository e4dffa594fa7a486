/** SQL of the outbox and the stream. */
import type { Pool } from 'pg';

/** Channel on which a sequencer tells the other processes of new positions. */
export const STREAM_CHANNEL = 'headspace_stream';

/** Most messages that one sequencing transaction moves. */
export const SEQUENCE_LIMIT = 1_000;

const HEAD = 'coalesce((select max(position) from stream), 0)';

/**
 * Moves what is committed in the outbox to the end of the stream, in one transaction and one
 * round trip. (Several statements in one simple query are one transaction; each takes a snapshot
 * of its own, so the second statement of the work sees all that the last holder of the row did.)
 *
 * - The row lock makes this the only sequencer, so positions become visible in their order and
 *   without a gap, in whatever order the writers committed. Nobody waits for a transaction that
 *   is still open: its rows come with a later run.
 * - `synchronous_commit = on` whatever the session's default: the writers commit without waiting
 *   for the disk. Their commit records lie before ours in the log, so our flush is theirs too,
 *   and nothing is announced that a crash can take back.
 * - The statistics of a table that is always nearly empty are always wrong: no sequential scan.
 *
 * @param decided every row with an id up to this one has been moved, or never will exist
 */
export function sequenceStatement(decided: bigint): string {
  return `
set local synchronous_commit = on;
set local enable_seqscan = off;
select singleton from stream_head for update;
with taken as (
  delete from outbox where ctid = any (array(
    select ctid from outbox where id > ${String(decided)} order by id limit ${String(SEQUENCE_LIMIT)}
  )) returning id, type, agent_id, message
),
added as (
  insert into stream (position, type, agent_id, message)
  select ${HEAD} + row_number() over (order by id), type, agent_id, message from taken
  returning position
),
result as (select count(*)::int as moved, max(position) as position from added)
select moved, position, pg_notify('${STREAM_CHANNEL}', position::text) from result where moved > 0`;
}

export interface StreamBounds {
  /** The last position; 0 before the first message. */
  readonly head: number;
  /** The first position that is still kept; null while there is none. */
  readonly oldest: number | null;
}

/** Where the stream begins and ends now. */
export async function readBounds(pool: Pool): Promise<StreamBounds> {
  const { rows } = await pool.query<{ head: string; oldest: string | null }>({
    name: 'stream-bounds',
    text: `select ${HEAD} as head, (select min(position) from stream) as oldest`,
  });
  const row = rows[0];
  if (row === undefined) throw new Error('the bounds query returned no row');
  return { head: Number(row.head), oldest: row.oldest === null ? null : Number(row.oldest) };
}

export interface StreamRow {
  readonly position: number;
  readonly type: string;
  readonly message: string;
}

/** Messages after a position in order, at most `limit`. */
export async function readMessages(pool: Pool, after: number, limit: number): Promise<StreamRow[]> {
  const { rows } = await pool.query<[string, string, string]>({
    name: 'stream-messages',
    text: `select position, type, message from stream where position > $1
           order by position limit $2`,
    values: [after, limit],
    rowMode: 'array',
  });
  return rows.map(([position, type, message]) => ({ position: Number(position), type, message }));
}

export interface Writers {
  /** The greatest id that any transaction has been given for an outbox row. */
  readonly lastId: bigint;
  /** Transactions that have touched the outbox and are not over. */
  readonly open: ReadonlySet<string>;
}

/**
 * Who may still commit outbox rows with ids up to `lastId`: a transaction takes the table's lock
 * before it takes an id, and keeps it to its end. The id is read first, in a statement of its own.
 */
export async function readWriters(pool: Pool): Promise<Writers> {
  // A sequence that was never asked has a last value of 1 all the same.
  const last = await pool.query<{ id: string }>(
    'select case when is_called then last_value else 0 end as id from outbox_id_seq',
  );
  const { rows } = await pool.query<{ transaction: string }>(
    `select virtualtransaction as transaction from pg_locks
     where locktype = 'relation' and relation = 'outbox'::regclass
       and database = (select oid from pg_database where datname = current_database())
       and mode = 'RowExclusiveLock' and granted`,
  );
  return {
    lastId: BigInt(last.rows[0]?.id ?? 0),
    open: new Set(rows.map(({ transaction }) => transaction)),
  };
}
