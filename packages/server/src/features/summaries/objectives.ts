/** What agents are ranked against: one text for each project, and one for all of them. */
import type { ObjectiveView, ScoreView } from '@headspace/contract';
import type { Pool } from 'pg';
import { storable } from '../../domain/display.ts';
import { inTransaction } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { askForRanking } from './overviews.ts';

interface ObjectiveRow {
  id: number;
  projectId: number | null;
  text: string;
  setAt: Date;
  scores: ScoreView[] | null;
  rankedAt: Date | null;
}

/** The ranking that counts is the last one that was wanted, made after the text was set. */
const LIST = `
select o.id, o.project_id as "projectId", o.body as text, o.set_at as "setAt",
  r.result as scores, r.finished_at as "rankedAt"
from objectives o
left join lateral (
  select result, finished_at from summaries
  where kind = 'ranking' and entity_id = o.id and state = 'done' and wanted_at >= o.set_at
  order by wanted_at desc, id desc limit 1) r on true
order by (o.project_id is null) desc, o.project_id limit 1000`;

export async function listObjectives(pool: Pool): Promise<ObjectiveView[]> {
  const { rows } = await pool.query<ObjectiveRow>(LIST);
  return rows.map(({ scores, setAt, rankedAt, ...row }) => ({
    ...row,
    setAt: setAt.toISOString(),
    scores: scores?.toSorted((a, b) => b.score - a.score || a.agentId - b.agentId) ?? null,
    rankedAt: rankedAt?.toISOString() ?? null,
  }));
}

/** Sets the text, or takes it away where it is empty; the first ranking follows at once. */
export async function setObjective(
  pool: Pool,
  projectId: number | null,
  text: string,
): Promise<ObjectiveView | null> {
  if (projectId !== null) await requireProject(pool, projectId);
  const id = await inTransaction(pool, async (client) => {
    if (text === '') {
      await client.query('delete from objectives where coalesce(project_id, 0) = $1', [
        projectId ?? 0,
      ]);
      return null;
    }
    const { rows } = await client.query<{ id: number }>(
      `insert into objectives (project_id, body) values ($1, $2)
       on conflict ((coalesce(project_id, 0))) do update set body = excluded.body, set_at = now()
       returning id`,
      [projectId, storable(text)],
    );
    const given = rows[0]?.id ?? null;
    if (given !== null) await askForRanking(client, given, 0);
    return given;
  });
  return (await listObjectives(pool)).find((objective) => objective.id === id) ?? null;
}

async function requireProject(pool: Pool, id: number): Promise<void> {
  const { rowCount } = await pool.query('select from projects where id = $1', [id]);
  if (rowCount === 0) throw new HeadspaceError('not_found', `There is no project ${id}.`);
}
