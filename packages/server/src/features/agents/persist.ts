/**
 * Writes everything a section has changed, in one statement and so in one transaction: rows,
 * transitions, outbox, and the events it applied.
 *
 * One round trip, and nothing that could be left half done. The statement writes nothing unless
 * the agents still carry this section's fence and the events are still pending; then it raises
 * HS001 and the transaction is gone. It runs with synchronous_commit off: the events it marks are
 * on disk already, so losing this commit in a crash of the database means applying them again, and
 * nothing is announced before the sequencer's own commit, which flushes this one.
 */
import type { Pool, PoolClient } from 'pg';
import type { AgentState, Command, NewTransition, NewTurn } from '../../domain/agent-state.ts';
import { storableJson } from '../../domain/display.ts';
import { inTransaction } from '../../platform/database/index.ts';
import type { LoadedAgent } from './loaded-agent.ts';
import { sectionSetting, type Tokens } from './queries.ts';

export interface AppliedEvent {
  id: number;
  status: 'applied' | 'recorded';
  agentId: number;
  outcome: string;
}

export interface SectionWrites {
  agents: LoadedAgent[];
  commands: { agentId: number; command: Command }[];
  turns: { agentId: number; turn: NewTurn }[];
  transitions: { agentId: number; transition: NewTransition }[];
  outbox: { type: string; agentId: number; message: string }[];
  events: AppliedEvent[];
}

/** Agents that lose a pane or a session come before those that gain it: the indexes are unique. */
const PERSIST = `
with section as materialized (
  select set_config('headspace.section', $1, true) as name,
    set_config('synchronous_commit', 'off', true) as commit
),
a as (
  insert into agents (id, uuid, project_id, host, kind, session_id, session_ids, handover_prompt_id,
    last_start, cwd, transcript_path, model, tmux_socket, tmux_pane, fence, command_id, activity,
    created_at, last_seen_at, ended_at, ended_reason, ended_by)
  select r.id, r.uuid, r.project_id, r.host, r.kind, r.session_id, r.session_ids,
    r.handover_prompt_id, r.last_start, r.cwd, r.transcript_path, r.model, r.tmux_socket,
    r.tmux_pane, r.fence, r.command_id, r.activity, r.created_at, r.last_seen_at, r.ended_at,
    r.ended_reason, r.ended_by
  from section, json_to_recordset($2::json) as r(id int, uuid uuid, project_id int, host text,
    fence bigint, kind text, session_id text, session_ids text[], handover_prompt_id text, last_start text,
    cwd text, transcript_path text, model text, tmux_socket text, tmux_pane text,
    command_id bigint, activity jsonb, created_at timestamptz, last_seen_at timestamptz,
    ended_at timestamptz, ended_reason text, ended_by text)
  where section.name is not null and section.commit is not null
  order by (r.ended_at is null), (r.tmux_pane is not null), r.id
  on conflict (id) do update set
    session_id = excluded.session_id, session_ids = excluded.session_ids, kind = excluded.kind,
    handover_prompt_id = excluded.handover_prompt_id, last_start = excluded.last_start,
    cwd = excluded.cwd, transcript_path = excluded.transcript_path, model = excluded.model,
    tmux_socket = excluded.tmux_socket, tmux_pane = excluded.tmux_pane,
    command_id = excluded.command_id, activity = excluded.activity,
    last_seen_at = excluded.last_seen_at, ended_at = excluded.ended_at,
    ended_reason = excluded.ended_reason, ended_by = excluded.ended_by
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
  insert into commands (id, agent_id, state, prompt, prompt_id, started_at, completed_at, outcome)
  select r.id, r.agent_id, r.state, r.prompt, r.prompt_id, r.started_at, r.completed_at, r.outcome
  from entered, json_to_recordset($4::json) as r(id bigint, agent_id int, state text, prompt text,
    prompt_id text, started_at timestamptz, completed_at timestamptz, outcome text)
  where entered.ok
  -- One open command per agent: the old one closes before the new one opens.
  order by (r.completed_at is null), r.id
  on conflict (id) do update set state = excluded.state, prompt = excluded.prompt,
    prompt_id = excluded.prompt_id, completed_at = excluded.completed_at,
    outcome = excluded.outcome
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
)
select (select ok from entered) and
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
    ],
  });
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

function agentRow(agent: LoadedAgent, tokens: Tokens) {
  const { ending, command, activity }: AgentState = agent.state;
  return {
    id: agent.id,
    uuid: agent.uuid,
    project_id: agent.project.id,
    host: agent.host,
    fence: String(tokens.get(agent.id)),
    kind: agent.kind,
    session_id: agent.sessionId,
    session_ids: agent.sessionIds,
    handover_prompt_id: agent.handoverPromptId,
    last_start: agent.lastStart,
    cwd: agent.cwd,
    transcript_path: agent.transcriptPath,
    model: agent.model,
    tmux_socket: agent.tmuxSocket,
    tmux_pane: agent.tmuxPane,
    command_id: command?.id ?? null,
    activity,
    created_at: iso(agent.createdAt),
    last_seen_at: iso(agent.lastSeenAt),
    ended_at: isoOrNull(ending?.at ?? null),
    ended_reason: ending?.reason ?? null,
    ended_by: ending?.by ?? null,
  };
}

function processRows(agent: LoadedAgent) {
  return agent.processes
    .filter(({ dirty }) => dirty)
    .map((process) => ({
      agent_id: agent.id,
      host: agent.host,
      pid: process.pid,
      proc_start: process.procStart,
      tmux_socket: process.tmuxSocket,
      tmux_pane: process.tmuxPane,
      seen_alive_at: isoOrNull(process.seenAliveAt),
      gone_at: isoOrNull(process.goneAt),
      seen_in: process.seenIn,
    }));
}

function commandRow(agentId: number, command: Command) {
  return {
    id: command.id,
    agent_id: agentId,
    state: command.state,
    prompt: command.prompt,
    prompt_id: command.promptId,
    started_at: iso(command.startedAt),
    completed_at: isoOrNull(command.completedAt),
    outcome: command.outcome,
  };
}

function turnRows(turns: SectionWrites['turns']) {
  const keys = new Set<string>();
  const seen = new Map<string, number>();
  return turns.flatMap(({ agentId, turn }) => {
    if (keys.size === keys.add(`${agentId} ${turn.key}`).size) return [];
    const kin = `${agentId} ${turn.promptId} ${turn.match}`;
    const rank = seen.get(kin) ?? 0;
    seen.set(kin, rank + 1);
    const row = {
      agent_id: agentId,
      command_id: turn.commandId,
      actor: turn.actor,
      kind: turn.kind,
      body: turn.text,
      happened_at: iso(turn.at),
      turn_key: turn.key,
      prompt_id: turn.promptId,
      match_key: turn.match,
      // Which of several alike entries it is: each can be one hook's only.
      rank,
    };
    return [row];
  });
}

function transitionRow({ agentId, transition }: SectionWrites['transitions'][number]) {
  return {
    id: transition.id,
    agent_id: agentId,
    command_id: transition.commandId,
    happened_at: iso(transition.at),
    from_state: transition.fromState,
    to_state: transition.toState,
    from_attention: transition.fromAttention,
    to_attention: transition.toAttention,
    reason: transition.reason,
    rule: transition.rule,
    evidence: transition.evidence,
  };
}
