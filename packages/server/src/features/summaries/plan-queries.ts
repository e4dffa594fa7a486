/** What of an agent, of a project, and of all agents has no line yet. Reads, but for `linkLines`. */
import type { Pool, PoolClient } from 'pg';
import { SPOKEN } from '../../domain/summary-trigger.ts';
import type { AgentLine } from '../../domain/summary.ts';
import type { Serves } from './request.ts';

type Client = Pick<PoolClient, 'query'>;

/** Characters of a message that are read: more than any input keeps. */
const READ = 40_000;

export interface OpenTurn {
  id: number;
  actor: 'user' | 'agent';
  text: string;
  projectId: number;
  commandId: number | null;
  /** What the agent was asked. */
  goal: string | null;
  /** A person has said something since; null where nobody has said anything. */
  isPast: boolean | null;
}

/**
 * Oldest first. An agent's turns get their ids in the order of its sections, so everything up to the
 * greatest one that was asked for is asked for. The plan of this must not rest on statistics: on a
 * fresh database there are none.
 */
export async function openTurns(
  pool: Pool,
  agentId: number,
  maxAgeHours: number,
  limit: number,
): Promise<OpenTurn[]> {
  const { rows } = await pool.query<OpenTurn>({
    name: 'turns-without-summary',
    text: `
      with last as materialized (
        select max(happened_at) as prompt_at from turns where agent_id = $1 and kind = 'prompt'
      ),
      open as materialized (
        select t.id, t.agent_id, t.actor, t.body, t.happened_at, t.command_id, t.prompt_id
        from turns t
        where t.agent_id = $1 and t.kind = any ($2) and t.body <> ''
          and t.happened_at > now() - make_interval(secs => $3::float8 * 3600)
          and t.id > (select coalesce(max(s.entity_id), 0) from summaries s
            where s.agent_id = $1 and s.kind = 'turn')
        order by t.id limit $4
      )
      select t.id::float8 as id, t.actor, left(t.body, ${READ}) as text,
        (select project_id from agents where id = $1) as "projectId",
        c.id::float8 as "commandId",
        case when t.actor = 'agent' then left(c.prompt, ${READ}) end as goal,
        t.happened_at < (select prompt_at from last) as "isPast"
      from open t
      left join lateral (
        select c.id, c.prompt from commands c where c.agent_id = t.agent_id
          and (c.id = t.command_id or (t.command_id is null and c.prompt_id = t.prompt_id))
        order by c.id limit 1) c on true
      order by t.id`,
    values: [agentId, SPOKEN, maxAgeHours, limit],
  });
  return rows;
}

/** What an agent said along the way is of no use once the person has said something else. */
export async function supersedeProgress(client: Client, agentId: number): Promise<void> {
  await client.query({
    name: 'supersede-progress',
    text: `
      update summaries s set state = 'superseded'
      where s.agent_id = $1 and s.kind = 'turn' and s.progress
        and s.state in ('queued', 'waiting-for-budget')
        and (select happened_at from turns where id = s.entity_id) < (select max(happened_at)
          from turns where agent_id = $1 and kind = 'prompt')`,
    values: [agentId],
  });
}

export interface OpenCommand {
  id: number;
  projectId: number;
  prompt: string | null;
  outcome: string | null;
  /** The turns whose lines are the command's own. */
  promptTurn: number | null;
  lastTurn: number | null;
  needsInstruction: boolean;
  needsOutcome: boolean;
  tools: string[];
}

/** Commands without one of their lines. One that still looks for its final text waits for it. */
export async function openCommands(
  pool: Pool,
  agentId: number,
  maxAgeHours: number,
): Promise<OpenCommand[]> {
  const { rows } = await pool.query<OpenCommand>({
    name: 'commands-without-summary',
    text: `
      with open as (
        select c.*, a.project_id,
          c.prompt is not null and not ${hasLine('command-instruction')} as needs_instruction,
          c.completed_at is not null and c.output is distinct from 'pending'
            and not ${hasLine('command-outcome')} as needs_outcome
        from commands c join agents a on a.id = c.agent_id
        where c.agent_id = $1
          and coalesce(c.completed_at, now()) > now() - make_interval(secs => $2::float8 * 3600)
      )
      select c.id::float8 as id, c.project_id as "projectId", left(c.prompt, ${READ}) as prompt,
        c.outcome, c.needs_instruction as "needsInstruction", c.needs_outcome as "needsOutcome",
        (select t.id::float8 from turns t where ${ofCommand} and t.kind = 'prompt'
          order by t.happened_at, t.id limit 1) as "promptTurn",
        (select t.id::float8 from turns t where ${ofCommand} and t.kind = 'message'
          and t.actor = 'agent' order by t.happened_at desc, t.place desc, t.id desc
          limit 1) as "lastTurn",
        array(select split_part(t.body, ':', 1) from turns t where ${ofCommand} and t.kind = 'tool'
          order by t.happened_at desc limit 50) as tools
      from open c where c.needs_instruction or c.needs_outcome
      order by c.id desc limit 100`,
    values: [agentId, maxAgeHours],
  });
  return rows;
}

/**
 * A turn that only the transcript told of knows no command; its prompt does. The time keeps it to
 * the index of an agent's turns; clocks of hook and transcript can differ a little.
 */
const ofCommand = `t.agent_id = c.agent_id and t.happened_at > c.started_at - interval '1 minute'
  and (t.command_id = c.id or (t.command_id is null and t.prompt_id = c.prompt_id))`;

const hasLine = (kind: Serves): string => `(
  exists (select from summaries s where s.kind = '${kind}' and s.entity_id = c.id)
  or exists (select from summaries s where s.command_id = c.id and s.serves = '${kind}'
    and s.state <> 'superseded'))`;

/**
 * A turn's line is the command's too: noted on a row that has none yet, copied from one that has. The
 * second statement sees what finished while the first one waited for it.
 */
export async function linkLine(
  client: Client,
  { turnId, commandId, serves }: { turnId: number; commandId: number; serves: Serves },
): Promise<void> {
  await client.query({
    name: 'serve-command',
    text: `
      update summaries set serves = $3, command_id = $2, progress = false,
        state = case when state = 'superseded' then 'queued' else state end
      where kind = 'turn' and entity_id = $1 and text is null and serves is null`,
    values: [turnId, commandId, serves],
  });
  await client.query({
    name: 'copy-line',
    text: `
      insert into summaries (kind, entity_id, agent_id, project_id, command_id, input_hash, state,
        text, provider, model, prompt_version, finished_at)
      select $3, $2, agent_id, project_id, $2, input_hash, 'done', text, provider, model,
        prompt_version, now()
      from summaries where kind = 'turn' and entity_id = $1 and text is not null
      order by wanted_at desc, id desc limit 1
      on conflict (kind, entity_id, input_hash) do nothing`,
    values: [turnId, commandId, serves],
  });
}

/** The newest line of its kind for `entity`. */
export const newestLine = (kind: string, entity: string): string => `(
  select s.text from summaries s where s.kind = '${kind}' and s.entity_id = ${entity}
    and s.state = 'done' order by s.wanted_at desc, s.id desc limit 1)`;

/** Living agents of a project, or of all projects (null), with the lines of their last command. */
export async function agentLines(
  pool: Pool,
  projectId: number | null,
  limit: number,
): Promise<AgentLine[]> {
  const { rows } = await pool.query<AgentLine>({
    name: 'agent-lines',
    text: `
      select a.id, p.name, a.activity -> 'shown' ->> 'attention' as attention,
        coalesce(${newestLine('command-instruction', 'a.command_id')},
          (select left(c.prompt, 400) from commands c where c.id = a.command_id)) as goal,
        ${newestLine('command-outcome', 'a.command_id')} as last
      from agents a join projects p on p.id = a.project_id
      where a.ended_at is null and ($1::int is null or a.project_id = $1)
      order by a.last_seen_at desc limit $2`,
    values: [projectId, limit],
  });
  return rows;
}
