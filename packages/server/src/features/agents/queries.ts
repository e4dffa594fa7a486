/** Reads of agents. Nothing here changes a row but the fence. */
import type { Pool } from 'pg';
import type { AgentJson } from './loaded-agent.ts';

/** The line of a command that counts now: the last one that was wanted (features/summaries). */
const newestLine = (kind: string) => `(select s.text from summaries s
  where s.kind = '${kind}' and s.entity_id = commands.id and s.state = 'done'
  order by s.wanted_at desc, s.id desc limit 1)`;

/** An agent's row as JSON, with its project, command and living processes; see `AgentJson`. */
const agentJson = (from: string) => `
  json_build_object('id', a.id, 'uuid', a.uuid, 'project_id', a.project_id,
    'project_name', p.name, 'project_path', p.path, 'host', a.host, 'kind', a.kind,
    'session_id', a.session_id, 'session_ids', a.session_ids,
    'handover_prompt_id', a.handover_prompt_id, 'last_start', a.last_start, 'cwd', a.cwd,
    'transcript_path', a.transcript_path, 'model', a.model,
    'persona', a.persona, 'launch_id', a.launch_id,
    'launched_for', (select l.purpose from launches l where l.id = a.launch_id),
    'predecessor_id', a.predecessor_id, 'successor_id', a.successor_id, 'tmux_socket', a.tmux_socket,
    'tmux_pane', a.tmux_pane, 'created_at', a.created_at, 'last_seen_at', a.last_seen_at,
    'ended_at', a.ended_at, 'ended_reason', a.ended_reason, 'ended_by', a.ended_by,
    'activity', a.activity,
    'command', (select row_to_json(c) from (select commands.*,
        ${newestLine('command-instruction')} as instruction_line,
        ${newestLine('command-outcome')} as outcome_line
      from commands where id = a.command_id) c),
    'prompts', (select json_build_object(
        'queued', count(*) filter (where q.state = 'queued'),
        'in_flight', count(*) filter (where q.state in ('delivering', 'pasted')),
        'failed', count(*) filter (where q.state = 'failed'))
      from prompts q where q.agent_id = a.id
        and q.state in ('queued', 'delivering', 'pasted', 'failed')),
    'processes', (select json_agg(x order by x.seen_alive_at nulls first, x.pid)
      from agent_processes x where x.agent_id = a.id and x.gone_at is null))
  from ${from} a join projects p on p.id = a.project_id`;

/**
 * Puts this section's fence on the agents and reads them fresh. It waits for the open transaction
 * of an older holder, whose later writes then find another fence. Ids without a row are new.
 */
const ENTER = `
with entered as (
  update agents set fence = given.fence
  from unnest($1::int[], $2::bigint[]) as given(id, fence)
  where agents.id = given.id and agents.fence < given.fence
    and set_config('headspace.section', $3, true) is not null
    -- What a crash takes back here, it takes from every session's lock too.
    and set_config('synchronous_commit', 'off', true) is not null
  returning agents.*
)
select (select count(*)::int from agents where id = any($1::int[])) as existing,
  (select coalesce(json_agg(j.json), '[]') from (select ${agentJson('entered')}) as j(json)) as agents`;

/** The fencing token of each agent that a section holds. */
export type Tokens = ReadonlyMap<number, bigint>;

/**
 * What a transaction that writes agents' rows carries in `headspace.section`: the agents and the
 * fences under which it writes. Test runs have triggers that refuse any write without it.
 */
export function sectionSetting(tokens: Tokens): string {
  return [...tokens].map(([id, token]) => `${id}:${token}`).join(',');
}

export interface Entered {
  existing: number;
  agents: AgentJson[];
}

export async function enterAgents(pool: Pool, tokens: Tokens): Promise<Entered> {
  const { rows } = await pool.query<Entered>({
    name: 'enter-agents',
    text: ENTER,
    values: [[...tokens.keys()], [...tokens.values()].map(String), sectionSetting(tokens)],
  });
  return rows[0] ?? { existing: 0, agents: [] };
}

/** Each link by its own index; joined by `or` they would be a scan of all agents. */
const CANDIDATES = `
select ${agentJson('agents')}
where a.id in (
  select id from agents where host = $1 and session_ids && $2::text[]
  union all
  select id from agents where host = $1 and ended_at is null
    and handover_prompt_id = any($3::text[])
  union all
  select id from agents where host = $1 and tmux_pane = any($5::text[])
    and (tmux_socket, tmux_pane) in (select * from unnest($4::text[], $5::text[]))
    and (ended_at is null or $7::text is not null)
  union all
  select agent_id from agent_processes where host = $1 and pid = any($6::int[])
    and gone_at is null
  union all
  select id from agents where $7::text is not null and host = $1 and cwd = $7
    and ended_at > now() - interval '15 minutes'
)`;

export interface CandidateKeys {
  host: string;
  sessionIds: string[];
  promptIds: string[];
  panes: { socket: string; pane: string }[];
  pids: number[];
  /** Also agents that ended: in one of the panes, or of late in this directory. */
  endedIn: string | null;
}

/** Agents to which an event with these marks could belong. */
export async function findCandidates(pool: Pool, keys: CandidateKeys): Promise<AgentJson[]> {
  const { rows } = await pool.query<{ json_build_object: AgentJson }>({
    name: 'find-candidates',
    text: CANDIDATES,
    values: [
      keys.host,
      keys.sessionIds,
      keys.promptIds,
      keys.panes.map(({ socket }) => socket),
      keys.panes.map(({ pane }) => pane),
      keys.pids,
      keys.endedIn,
    ],
  });
  return rows.map((row) => row.json_build_object);
}

/** All agents that live, and with `ended` the most recently ended ones too. */
export async function listAgents(pool: Pool, ended: boolean, limit = 5000): Promise<AgentJson[]> {
  const live = `select ${agentJson('agents')} where a.ended_at is null order by a.id limit $1`;
  const over = `select ${agentJson('agents')} where a.ended_at is not null
    order by a.ended_at desc limit $1`;
  const { rows } = await pool.query<{ json_build_object: AgentJson }>(
    ended ? `(${live}) union all (${over})` : live,
    [limit],
  );
  return rows.map((row) => row.json_build_object);
}

export async function findAgent(pool: Pool, id: number): Promise<AgentJson | undefined> {
  const { rows } = await pool.query<{ json_build_object: AgentJson }>(
    `select ${agentJson('agents')} where a.id = $1`,
    [id],
  );
  return rows[0]?.json_build_object;
}

/** Those of `ids` that there are. */
export async function findAgents(pool: Pool, ids: readonly number[]): Promise<AgentJson[]> {
  const { rows } = await pool.query<{ json_build_object: AgentJson }>({
    name: 'find-agents',
    text: `select ${agentJson('agents')} where a.id = any($1::int[]) order by a.id`,
    values: [ids],
  });
  return rows.map((row) => row.json_build_object);
}

export async function nextAgentId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(`select nextval('agents_id_seq') as id`);
  return Number(rows[0]?.id);
}

/** The project of a directory on a host, made if it is new. */
export async function projectOf(
  pool: Pool,
  host: string,
  path: string,
): Promise<{ id: number; name: string; path: string }> {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  const { rows } = await pool.query<{ id: number; name: string; path: string }>(
    `insert into projects (host, path, name) values ($1, $2, $3)
     on conflict (host, path) do update set name = projects.name returning id, name, path`,
    [host, path, name],
  );
  const [project] = rows;
  if (project === undefined) throw new Error('the project was neither found nor made');
  return project;
}
