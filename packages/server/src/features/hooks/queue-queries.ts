/** SQL of the hook queues. */
import type { Pool } from 'pg';
import type { StoredEvent } from './envelope.ts';

const EVENT_COLUMNS = `e.id::float8 as id, e.event_id as "eventId", e.event, e.session_id as "sessionId",
  e.host, e.pid, e.proc_start as "procStart", e.seen_alive as "seenAlive",
  e.seen_in as "seenIn",
  e.tmux_socket as "tmuxSocket", e.tmux_pane as "tmuxPane", e.entrypoint,
  e.queue_key as "queueKey", e.launch, e.sequence::float8 as sequence, e.spooled, extract(epoch from e.sent_at)::float8 * 1000 as "sentAt",
  extract(epoch from e.received_at)::float8 * 1000 as "receivedAt", e.payload, e.late, e.tries`;

/**
 * What waits for these agents, oldest first: by the queue of the event at hand, and by every
 * session of the agents' chains, so that nothing answered earlier is overtaken, whichever process
 * received it and whatever marks it carried.
 */
export async function pendingEvents(
  pool: Pool,
  head: StoredEvent,
  sessionIds: string[],
  limit: number,
): Promise<StoredEvent[]> {
  const { rows } = await pool.query<StoredEvent>({
    name: 'pending-hook-events',
    text: `select ${EVENT_COLUMNS} from hook_events e where e.id in (
        (select id from hook_events where status = 'pending' and queue_key = $1
          order by id limit $4)
        union
        (select id from hook_events where status = 'pending' and host = $2
          and session_id = any($3::text[]) order by id limit $4)
      ) order by e.id limit $4`,
    values: [head.queueKey, head.host, sessionIds, limit],
  });
  return rows;
}

/** The oldest waiting event of a queue. */
export async function oldestPending(
  pool: Pool,
  queueKey: string,
): Promise<StoredEvent | undefined> {
  const { rows } = await pool.query<StoredEvent>({
    name: 'oldest-pending',
    text: `select ${EVENT_COLUMNS} from hook_events e
      where e.status = 'pending' and e.queue_key = $1 order by e.id limit 1`,
    values: [queueKey],
  });
  return rows[0];
}

export async function isPending(pool: Pool, id: number): Promise<boolean> {
  const { rows } = await pool.query<{ status: string }>({
    name: 'hook-event-status',
    text: 'select status from hook_events where id = $1',
    values: [id],
  });
  return rows[0]?.status === 'pending';
}

/** Queues with events that have waited for longer than `olderThanMs`, longest first. */
export async function waitingQueues(
  pool: Pool,
  olderThanMs: number,
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ queue_key: string }>(
    `select queue_key from hook_events
     where status = 'pending' and received_at < now() - $1::float8 * interval '1 millisecond'
     group by queue_key order by min(id) limit $2`,
    [olderThanMs, limit],
  );
  return rows.map((row) => row.queue_key);
}

/** An event that belongs to no agent is done. */
export async function recordWithoutAgent(
  pool: Pool,
  event: StoredEvent,
  outcome: string,
): Promise<void> {
  await pool.query({
    name: 'record-without-agent',
    text: `update hook_events set status = 'recorded', outcome = $2, applied_at = now()
      where id = $1 and status = 'pending'`,
    values: [event.id, outcome],
  });
}

/**
 * Counts a failure that is the event's own. After `maxTries` it is parked, and announced: a person
 * sees it and can run it again.
 */
export async function countFailure(
  pool: Pool,
  event: StoredEvent,
  error: string,
  maxTries: number,
): Promise<'pending' | 'parked'> {
  const { rows } = await pool.query<{ status: 'pending' | 'parked' }>(
    `with failed as (
       update hook_events set tries = tries + 1, error = $2,
         status = case when tries + 1 >= $3 then 'parked' else 'pending' end
       where id = $1 and status = 'pending' returning id, status
     ), announced as (
       insert into outbox (type, message)
       select 'hook_event.parked', json_build_object('type', 'hook_event.parked',
         'hookEventId', id, 'agentId', null, 'error', $2::text)::text
       from failed where status = 'parked'
     )
     select status from failed`,
    [event.id, error, maxTries],
  );
  return rows[0]?.status ?? 'parked';
}

/** A parked event gets another chance, as late evidence. False where there is none to run. */
export async function runAgain(pool: Pool, id: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ queue_key: string }>(
    `update hook_events set status = 'pending', late = true, tries = 0
     where id = $1 and status = 'parked' returning queue_key`,
    [id],
  );
  return rows[0]?.queue_key;
}
