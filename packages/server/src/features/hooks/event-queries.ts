/** Reads of the inbox for people: redacted, shortened, newest first. */
import type { HookEventView } from '@headspace/contract';
import type { Pool } from 'pg';
import { beginning } from '../../domain/display.ts';
import { redact, redactText } from '../../domain/redact.ts';

/** Characters of a payload that are shown; the stored one is whole. */
const SHOWN_CHARACTERS = 20_000;

export interface EventFilter {
  agentId?: number;
  sessionId?: string;
  status?: HookEventView['status'];
  /** Only rows with a smaller id: the next page. */
  before?: number;
  limit: number;
}

interface EventRow {
  id: number;
  event_id: string;
  event: string;
  session_id: string;
  status: HookEventView['status'];
  outcome: string | null;
  error: string | null;
  tries: number;
  agent_id: number | null;
  host: string;
  pid: number | null;
  tmux_pane: string | null;
  received_at: Date;
  sent_at: Date | null;
  sequence: number | null;
  applied_at: Date | null;
  payload: string;
  truncated: boolean;
}

export async function listHookEvents(pool: Pool, filter: EventFilter): Promise<HookEventView[]> {
  const values: unknown[] = [filter.limit, SHOWN_CHARACTERS];
  const conditions: string[] = [];
  const where = (sql: (placeholder: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql(`$${values.length}`));
  };
  where((p) => `agent_id = ${p}`, filter.agentId);
  where((p) => `session_id = ${p}`, filter.sessionId);
  where((p) => `status = ${p}`, filter.status);
  where((p) => `id < ${p}`, filter.before);
  const { rows } = await pool.query<EventRow>(
    `select id::float8 as id, event_id, event, session_id, status, outcome, error, tries,
       agent_id, host, pid, tmux_pane, received_at, sent_at,
       sequence::float8 as sequence, applied_at, left(payload, $2) as payload,
       length(payload) > $2 as truncated
     from hook_events ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by id desc limit $1`,
    values,
  );
  return rows.map(eventView);
}

function eventView(row: EventRow): HookEventView {
  return {
    id: row.id,
    eventId: row.event_id,
    event: row.event,
    sessionId: row.session_id,
    status: row.status,
    outcome: row.outcome,
    error: row.error === null ? null : redactText(row.error),
    tries: row.tries,
    agentId: row.agent_id,
    host: row.host,
    pid: row.pid,
    tmuxPane: row.tmux_pane,
    receivedAt: row.received_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
    sequence: row.sequence,
    appliedAt: row.applied_at?.toISOString() ?? null,
    truncated: row.truncated,
    payload: shownPayload(row.payload, row.truncated),
  };
}

/** The payload as JSON, or its redacted beginning as text where it is too long to be shown whole. */
function shownPayload(payload: string, truncated: boolean): unknown {
  if (truncated) return redactText(beginning(payload, SHOWN_CHARACTERS).text);
  try {
    return redact(JSON.parse(payload));
  } catch {
    return redactText(payload);
  }
}
