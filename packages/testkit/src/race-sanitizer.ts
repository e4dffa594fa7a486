/**
 * The race sanitizer: triggers on every table that belongs to an agent, which refuse a write unless
 * its transaction carries the agent's present fence (`headspace.section`) and the agent's advisory
 * lock is held by somebody. Installed in test databases; production relies on the one function
 * through which agents are changed.
 */
import type pg from 'pg';

/** Table and the column that names its agent. */
const AGENT_TABLES = {
  agents: 'id',
  agent_processes: 'agent_id',
  commands: 'agent_id',
  turns: 'agent_id',
  transitions: 'agent_id',
  transcript_files: 'agent_id',
  transcript_usage: 'agent_id',
  prompts: 'agent_id',
  persona_injections: 'agent_id',
  handoffs: 'agent_id',
} as const;

/** SQLSTATE of a refused write. */
export const RACE = 'HS999';

/**
 * SQL of the trigger's function. The lock is probed by trying to take it: it is held if that fails. A look into pg_locks would
 * cost 35 times as much.
 */
export const SANITIZER = `
create or replace function headspace_race_sanitizer() returns trigger language plpgsql as $$
declare
  changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  agent integer := (changed ->> tg_argv[0])::integer;
  section text := coalesce(current_setting('headspace.section', true), '');
  fence bigint;
begin
  select a.fence into fence from agents a where a.id = agent;
  if fence is null and tg_op = 'DELETE' then
    fence := (changed ->> 'fence')::bigint;
  end if;
  if not (format('%s:%s', agent, fence) = any (string_to_array(section, ','))) then
    raise exception using errcode = '${RACE}', message = format(
      'race sanitizer: %s on %s of agent %s outside its section (section "%s", fence %s)',
      tg_op, tg_table_name, agent, section, fence);
  end if;
  if pg_try_advisory_xact_lock_shared(1, agent) then
    raise exception using errcode = '${RACE}', message = format(
      'race sanitizer: %s on %s of agent %s while nobody holds its lock',
      tg_op, tg_table_name, agent);
  end if;
  return null;
end $$`;

export async function installRaceSanitizer(client: Pick<pg.Pool, 'query'>): Promise<void> {
  await client.query(SANITIZER);
  for (const [table, column] of Object.entries(AGENT_TABLES)) {
    await client.query(
      `create or replace trigger race_sanitizer after insert or update or delete on ${table}
       for each row execute function headspace_race_sanitizer('${column}')`,
    );
  }
}
