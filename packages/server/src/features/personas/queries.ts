/** Rows of persona_injections. They are written in a section's own transaction only. */
import type { InjectionHow, InjectionState, PromptState } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';

type Client = Pick<PoolClient, 'query'>;

export interface InjectionRow {
  id: number;
  agentId: number;
  sessionId: string;
  context: number;
  cause: 'start' | 'person';
  hookEventId: number | null;
  persona: string | null;
  version: string | null;
  token: string;
  how: InjectionHow;
  state: InjectionState;
  promptId: number | null;
  promptState: PromptState | null;
  reason: string | null;
  claimedAt: Date;
  deliveredAt: Date | null;
  settledAt: Date | null;
}

/** What a later start of the same session has to know of it. */
export type SessionInjection = Pick<
  InjectionRow,
  'sessionId' | 'context' | 'persona' | 'state' | 'hookEventId' | 'claimedAt'
>;

/**
 * Of one that is typed, its prompt's state tells how far it is. What was given up may have arrived
 * after all: that is uncertain.
 */
const COLUMNS = `i.id::float8 as id, i.agent_id as "agentId", i.session_id as "sessionId",
  i.context, i.cause, i.hook_event_id::float8 as "hookEventId", i.persona, i.version, i.token,
  i.how, i.prompt_id::float8 as "promptId", p.state as "promptState",
  i.claimed_at as "claimedAt",
  coalesce(p.reason, i.reason) as reason,
  coalesce(i.delivered_at, p.accepted_at) as "deliveredAt",
  coalesce(i.settled_at, p.accepted_at) as "settledAt",
  case when i.state <> 'claimed' then i.state when p.state = 'accepted' then 'confirmed'
    when p.state = 'failed' then 'uncertain' when p.state = 'cancelled' then 'failed'
    else i.state end as state`;
const FROM = 'from persona_injections i left join prompts p on p.id = i.prompt_id';

export async function findInjection(pool: Pool, id: number): Promise<InjectionRow | undefined> {
  const { rows } = await pool.query<InjectionRow>({
    name: 'find-injection',
    text: `select ${COLUMNS} ${FROM} where i.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** The one that an event has called for. */
export async function findInjectionOf(
  pool: Pool,
  eventId: string,
): Promise<InjectionRow | undefined> {
  const { rows } = await pool.query<InjectionRow>({
    name: 'find-injection-of-event',
    text: `select ${COLUMNS} ${FROM} where i.event_id = $1`,
    values: [eventId],
  });
  return rows[0];
}

/** Of any agent, oldest first: a session can be resumed as another agent. */
export async function injectionsOfSession(pool: Pool, sessionId: string): Promise<InjectionRow[]> {
  const { rows } = await pool.query<InjectionRow>({
    name: 'injections-of-session',
    text: `select ${COLUMNS} ${FROM} where i.session_id = $1 order by i.id`,
    values: [sessionId],
  });
  return rows;
}

/** Newest first. */
export async function injectionsOfAgent(
  pool: Pool,
  agentId: number,
  limit: number,
): Promise<InjectionRow[]> {
  const { rows } = await pool.query<InjectionRow>({
    name: 'injections-of-agent',
    text: `select ${COLUMNS} ${FROM} where i.agent_id = $1 order by i.id desc limit $2`,
    values: [agentId, limit],
  });
  return rows;
}

export async function nextInjectionId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('persona_injections', 'id'))::float8 as id`,
  );
  return rows[0]?.id ?? 0;
}

/** Hooks that show that a session has gone on: between two of them lies another context. */
const BOUNDARIES = ['UserPromptSubmit', 'Stop', 'StopFailure', 'PreCompact', 'PostCompact'];

/** Whether one of them came between an injection of the session and this event of it. */
export async function wentOnSince(
  pool: Pool,
  { sessionId, hookEventId, claimedAt }: SessionInjection,
  eventId: number,
): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: 'session-went-on',
    text: `select exists (select from hook_events where session_id = $1 and event = any($2)
        and id < $3 and case when $4::bigint is null then received_at > $5 else id > $4 end) as found`,
    values: [sessionId, BOUNDARIES, eventId, hookEventId, claimedAt],
  });
  return rows[0]?.found === true;
}

/** Who started the agent: `remote` ones do not work without guardrails. */
export async function isRemote(pool: Pool, launchId: number | null): Promise<boolean> {
  if (launchId === null) return false;
  const { rows } = await pool.query<{ purpose: string }>({
    name: 'purpose-of-launch',
    text: 'select purpose from launches where id = $1',
    values: [launchId],
  });
  return rows[0]?.purpose === 'remote';
}

/**
 * Whether the transcript has told of something that was said after this moment. What was put into
 * the context at that moment stands before it in the file.
 */
export async function transcriptHasPassed(
  pool: Pool,
  agentId: number,
  moment: Date,
): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: 'transcript-has-passed',
    text: `select exists (select from turns where agent_id = $1 and happened_at > $2
        and kind in ('prompt', 'message', 'tool') and origin in ('transcript', 'both')) as found`,
    values: [agentId, moment],
  });
  return rows[0]?.found === true;
}

export interface NewInjection {
  id: number;
  agentId: number;
  sessionId: string;
  context: number;
  cause: InjectionRow['cause'];
  hookEventId: number | null;
  eventId: string | null;
  persona: string | null;
  token: string;
  how: InjectionHow;
  /** Milliseconds since 1970. */
  at: number;
}

export async function addInjection(client: Client, row: NewInjection): Promise<void> {
  await client.query({
    name: 'add-injection',
    text: `insert into persona_injections (id, agent_id, session_id, context, cause, hook_event_id,
        event_id, persona, token, how, claimed_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, to_timestamp($11::float8 / 1000))`,
    values: [
      row.id,
      row.agentId,
      row.sessionId,
      row.context,
      row.cause,
      row.hookEventId,
      row.eventId,
      row.persona,
      row.token,
      row.how,
      row.at,
    ],
  });
}

/** It is going to reach another context than it was meant for. */
export async function moveInjection(
  client: Client,
  id: number,
  { sessionId, context }: Pick<InjectionRow, 'sessionId' | 'context'>,
): Promise<void> {
  await client.query('update persona_injections set session_id = $2, context = $3 where id = $1', [
    id,
    sessionId,
    context,
  ]);
}

export interface InjectionStep {
  state: InjectionState;
  how?: InjectionHow;
  promptId?: number;
  version?: string;
  guardrails?: string | null;
  reason?: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

const SETTLED: ReadonlySet<InjectionState> = new Set(['confirmed', 'uncertain', 'failed']);

/** The commit waits for the disk: what goes out after it must not be forgotten. */
export async function stepInjection(
  client: Client,
  id: number,
  step: InjectionStep,
): Promise<void> {
  await client.query({
    name: 'step-injection',
    text: `update persona_injections set state = $2, how = coalesce($3, how),
        prompt_id = coalesce($4::bigint, prompt_id), version = coalesce($5, version),
        guardrails = coalesce($6, guardrails), reason = $7,
        delivered_at = case when $2 = 'delivered' then to_timestamp($8::float8 / 1000)
          when $2 = 'claimed' then null else delivered_at end,
        settled_at = case when $9 then to_timestamp($8::float8 / 1000) end
      where id = $1 and set_config('synchronous_commit', 'on', true) is not null`,
    values: [
      id,
      step.state,
      step.how ?? null,
      step.promptId ?? null,
      step.version ?? null,
      step.guardrails ?? null,
      step.reason ?? null,
      step.at,
      SETTLED.has(step.state),
    ],
  });
}
