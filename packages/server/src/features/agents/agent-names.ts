/** What agents are called, for places that show only that. */
import type { Pool } from 'pg';

/** A name that a person can tell from others: the project, and the beginning of the uuid. */
export function agentName(projectName: string, uuid: string): string {
  return `${projectName} ${uuid.slice(0, 8)}`;
}

/** Names of the agents among these ids; an id without an agent is left out. */
export async function agentNames(pool: Pool, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<{ id: number; project: string; uuid: string }>({
    name: 'agent-names',
    text: `select a.id, p.name as project, a.uuid
           from agents a join projects p on p.id = a.project_id where a.id = any ($1)`,
    values: [ids],
  });
  return new Map(rows.map(({ id, project, uuid }) => [id, agentName(project, uuid)]));
}
