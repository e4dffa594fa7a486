/**
 * Writes everything a section has changed, in one statement and so in one transaction: rows,
 * transitions, outbox, the events it applied, and the jobs that follow from it.
 *
 * One round trip, and nothing that could be left half done. The statement writes nothing unless
 * the agents still carry this section's fence and the events are still pending; then it raises
 * HS001 and the transaction is gone. It runs with synchronous_commit off, but for what people were
 * promised of their prompts: the events it marks are
 * on disk already, so losing this commit in a crash of the database means applying them again, and
 * nothing is announced before the sequencer's own commit, which flushes this one.
 */
import type { Pool, PoolClient } from 'pg';
import { storableJson } from '../../domain/display.ts';
import { inTransaction } from '../../platform/database/index.ts';
import {
  agentRow,
  commandRow,
  needsDisk,
  newPromptRow,
  processRows,
  promptRow,
  type SectionWrites,
  transitionRow,
  turnRows,
} from './persist-rows.ts';
import { sectionSetting, type Tokens } from './queries.ts';

/** Agents that lose a pane or a session come before those that gain it: the indexes are unique. */
const PERSIST = `
with section as materialized (
  select set_config('headspace.section', $1, true) as name,
    -- What a person was promised, or what a terminal will be sent, has to be on disk first.
    set_config('synchronous_commit',
      case when $11::boolean then 'on' else 'off' end, true) as commit
),
a as (
  insert into agents (id, uuid, project_id, host, kind, session_id, session_ids, handover_prompt_id,
    last_start, cwd, transcript_path, model, tmux_socket, tmux_pane, fence, command_id, activity,
    created_at, last_seen_at, ended_at, ended_reason, ended_by, persona, launch_id, predecessor_id,
    successor_id)
  select r.id, r.uuid, r.project_id, r.host, r.kind, r.session_id, r.session_ids,
    r.handover_prompt_id, r.last_start, r.cwd, r.transcript_path, r.model, r.tmux_socket,
    r.tmux_pane, r.fence, r.command_id, r.activity, r.created_at, r.last_seen_at, r.ended_at,
    r.ended_reason, r.ended_by, r.persona, r.launch_id, r.predecessor_id, r.successor_id
  from section, json_to_recordset($2::json) as r(id int, uuid uuid, project_id int, host text,
    fence bigint, kind text, session_id text, session_ids text[], handover_prompt_id text, last_start text,
    cwd text, transcript_path text, model text, tmux_socket text, tmux_pane text,
    command_id bigint, activity jsonb, created_at timestamptz, last_seen_at timestamptz,
    ended_at timestamptz, ended_reason text, ended_by text, persona text, launch_id bigint,
    predecessor_id int, successor_id int)
  where section.name is not null and section.commit is not null
  order by (r.ended_at is null), (r.tmux_pane is not null), r.id
  on conflict (id) do update set
    session_id = excluded.session_id, session_ids = excluded.session_ids, kind = excluded.kind,
    handover_prompt_id = excluded.handover_prompt_id, last_start = excluded.last_start,
    cwd = excluded.cwd, transcript_path = excluded.transcript_path, model = excluded.model,
    tmux_socket = excluded.tmux_socket, tmux_pane = excluded.tmux_pane,
    command_id = excluded.command_id, activity = excluded.activity,
    last_seen_at = excluded.last_seen_at, ended_at = excluded.ended_at,
    ended_reason = excluded.ended_reason, ended_by = excluded.ended_by,
    persona = excluded.persona, launch_id = excluded.launch_id,
    predecessor_id = excluded.predecessor_id, successor_id = excluded.successor_id
  where agents.fence = excluded.fence
  returning agents.id
),
entered as materialized (
  select case when (select count(*) from a) = json_array_length($2::json) then true
    else headspace_refuse('another section has entered meanwhile') end as ok
),
p as (
  insert into agent_processes (agent_id, host, pid, proc_start, tmux_socket, tmux_pane,
    seen_alive_at, gone_at, seen_in)
  select r.agent_id, r.host, r.pid, r.proc_start, r.tmux_socket, r.tmux_pane, r.seen_alive_at,
    r.gone_at, r.seen_in
  from entered, json_to_recordset($3::json) as r(agent_id int, host text, pid int,
    proc_start text, tmux_socket text, tmux_pane text, seen_alive_at timestamptz,
    gone_at timestamptz, seen_in text)
  where entered.ok
  on conflict (agent_id, pid, proc_start) do update set tmux_socket = excluded.tmux_socket,
    tmux_pane = excluded.tmux_pane, seen_alive_at = excluded.seen_alive_at,
    gone_at = excluded.gone_at, seen_in = excluded.seen_in
),
c as (
  insert into commands (id, agent_id, state, prompt, prompt_id, started_at, completed_at, outcome, output)
  select r.id, r.agent_id, r.state, r.prompt, r.prompt_id, r.started_at, r.completed_at, r.outcome,
    r.output
  from entered, json_to_recordset($4::json) as r(id bigint, agent_id int, state text, prompt text,
    prompt_id text, started_at timestamptz, completed_at timestamptz, outcome text, output text)
  where entered.ok
  -- One open command per agent: the old one closes before the new one opens.
  order by (r.completed_at is null), r.id
  on conflict (id) do update set state = excluded.state, prompt = excluded.prompt,
    prompt_id = excluded.prompt_id, completed_at = excluded.completed_at,
    outcome = excluded.outcome, output = excluded.output
),
-- A turn that the transcript has told already is only given the hook's name for it.
m as (
  update turns set origin = 'both', turn_key = r.turn_key, kind = r.kind,
    command_id = r.command_id, prompt_id = coalesce(r.prompt_id, turns.prompt_id)
  from entered, json_to_recordset($5::json) as r(agent_id int, command_id bigint, kind text,
    turn_key text, prompt_id text, match_key text, rank int)
  where entered.ok and turns.id = (
    select x.id from turns x
    where x.agent_id = r.agent_id and x.match_key = r.match_key and x.origin = 'transcript'
      and (x.prompt_id = r.prompt_id or x.prompt_id is null or r.prompt_id is null)
      and not exists (
        select from turns y where y.agent_id = r.agent_id and y.turn_key = r.turn_key)
    order by (x.prompt_id is null), x.id offset r.rank limit 1)
  returning turns.agent_id, turns.turn_key
),
t as (
  insert into turns (agent_id, command_id, actor, kind, body, happened_at, turn_key, prompt_id,
    match_key)
  select r.agent_id, r.command_id, r.actor, r.kind, r.body, r.happened_at, r.turn_key,
    r.prompt_id, r.match_key
  from entered, json_to_recordset($5::json) as r(agent_id int, command_id bigint, actor text,
    kind text, body text, happened_at timestamptz, turn_key text, prompt_id text, match_key text)
  where entered.ok and (r.agent_id, r.turn_key) not in (select agent_id, turn_key from m)
  on conflict (agent_id, turn_key) do nothing
),
s as (
  insert into transitions (id, agent_id, command_id, happened_at, from_state, to_state,
    from_attention, to_attention, reason, rule, evidence)
  select r.id, r.agent_id, r.command_id, r.happened_at, r.from_state, r.to_state,
    r.from_attention, r.to_attention, r.reason, r.rule, r.evidence
  from entered, json_to_recordset($6::json) as r(id bigint, agent_id int, command_id bigint,
    happened_at timestamptz, from_state text, to_state text, from_attention text,
    to_attention text, reason text, rule text, evidence jsonb)
  where entered.ok
),
n as (
  insert into prompts (id, agent_id, idempotency_key, request, body, kind, position, reason,
    created_at, changed_at)
  select r.id, r.agent_id, r.key, r.request, r.body, r.kind, r.position, r.reason, r.at, r.at
  from entered, json_to_recordset($9::json) as r(id bigint, agent_id int, key text, request text,
    body text, kind text, position bigint, reason text, at timestamptz)
  where entered.ok
),
u as (
  update prompts set state = r.to_state, reason = r.reason, changed_at = r.at,
    accepted_at = case when r.to_state = 'accepted' then r.at end, accepted_by = r.accepted_by,
    body = coalesce(r.body, prompts.body), kind = coalesce(r.kind, prompts.kind),
    position = coalesce(r.position, prompts.position),
    file = case when r.sets_file then r.file else prompts.file end,
    revision = prompts.revision + r.revisions, attempt = prompts.attempt + r.attempts
  from entered, json_to_recordset($10::json) as r(id bigint, agent_id int, from_states text[],
    to_state text, at timestamptz, reason text, accepted_by text, body text, kind text,
    position bigint, sets_file boolean, file text, revisions int, attempts int)
  where entered.ok and prompts.id = r.id and prompts.agent_id = r.agent_id
    and prompts.state = any (r.from_states)
),
o as (
  insert into outbox (type, agent_id, message)
  select r.type, r.agent_id, r.message
  from entered, json_to_recordset($7::json) as r(type text, agent_id int, message text)
  where entered.ok
),
e as (
  update hook_events set status = r.status, agent_id = r.agent_id, outcome = r.outcome,
    applied_at = now(), error = null
  from entered, json_to_recordset($8::json) as r(id bigint, status text, agent_id int,
    outcome text)
  where entered.ok and hook_events.id = r.id and hook_events.status = 'pending'
  returning hook_events.id
),
-- Whoever waits under the same key is replaced. Read below: a query without effects is not run.
j as materialized (
  select graphile_worker.add_job(r.name, r.payload, job_key := r.key,
    run_at := now() + make_interval(secs => r.after_ms / 1000.0)) as added
  from entered, json_to_recordset($12::json) as r(name text, key text, payload json,
    after_ms int)
  where entered.ok
)
select (select ok from entered) and
  (select count(*) from j) = json_array_length($12::json) and
  case when (select count(*) from e) = json_array_length($8::json) then true
    else headspace_refuse('an event was applied by somebody else') end as ok`;

/** SQLSTATE of `headspace_refuse`: the section was shut out, nothing was written. */
export const SHUT_OUT = 'HS001';

/** What another feature writes of the same agents, in the transaction that carries their fences. */
export type AlsoWrite = (client: Pick<PoolClient, 'query'>) => Promise<void>;

export async function persistSection(
  pool: Pool,
  tokens: Tokens,
  writes: SectionWrites,
  also?: AlsoWrite,
): Promise<void> {
  if (also === undefined) return persistRows(pool, tokens, writes);
  await inTransaction(pool, async (client) => {
    await persistRows(client, tokens, writes);
    await also(client);
  });
}

async function persistRows(
  client: Pick<PoolClient, 'query'>,
  tokens: Tokens,
  writes: SectionWrites,
): Promise<void> {
  await client.query({
    name: 'persist-section',
    text: PERSIST,
    values: [
      sectionSetting(tokens),
      storableJson(writes.agents.map((agent) => agentRow(agent, tokens))),
      storableJson(writes.agents.flatMap(processRows)),
      storableJson(writes.commands.map(({ agentId, command }) => commandRow(agentId, command))),
      storableJson(turnRows(writes.turns)),
      storableJson(writes.transitions.map(transitionRow)),
      storableJson(writes.outbox.map((row) => ({ ...row, agent_id: row.agentId }))),
      storableJson(writes.events.map((event) => ({ ...event, agent_id: event.agentId }))),
      storableJson(writes.newPrompts.map(newPromptRow)),
      storableJson(writes.promptChanges.map(promptRow)),
      needsDisk(writes),
      storableJson(writes.jobs.map((job) => ({ ...job, after_ms: job.afterMs }))),
    ],
  });
}
