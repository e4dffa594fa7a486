/**
 * Lines over many agents: how a project stands, and how agents rank against an objective. Both follow
 * from every change of an agent, and are made once for all changes of some seconds: a durable job
 * that is due at a fixed time after the first of them, one for all processes.
 */
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { projectInput, rankingInput, type SummaryInput } from '../../domain/summary.ts';
import { inTransaction } from '../../platform/database/index.ts';
import { defineJob, type Job } from '../../platform/jobs/index.ts';
import type { SummariesContext } from './context.ts';
import { agentLines } from './plan-queries.ts';
import { inputHash, requestSummaries } from './request.ts';

type Client = Pick<PoolClient, 'query'>;

export const SUMMARISE_PROJECT = 'summarise-project';
export const RANK_AGENTS = 'rank-agents';
const LISTED = 40;

interface OverviewOptions {
  readonly context: SummariesContext;
  readonly poke: () => void;
}

/** Adds the jobs of a project and of the objectives that its agents are ranked against. */
export async function askForOverviews(
  client: Client,
  { settings }: SummariesContext,
  projectId: number,
): Promise<void> {
  await addOnce(client, SUMMARISE_PROJECT, { projectId }, settings['summaries.debounceMs']);
  const { rows } = await client.query<{ id: number }>({
    name: 'objectives-of-project',
    text: 'select id from objectives where project_id = $1 or project_id is null order by id',
    values: [projectId],
  });
  for (const { id } of rows) await askForRanking(client, id, settings['summaries.debounceMs']);
}

export async function askForRanking(client: Client, objectiveId: number, afterMs: number) {
  await addOnce(client, RANK_AGENTS, { objectiveId }, afterMs);
}

/** One that waits already keeps its time: a change every second would put it off for ever. */
async function addOnce(client: Client, name: string, payload: object, afterMs: number) {
  await client.query({
    name: 'add-overview-job',
    text: `select graphile_worker.add_job($1, $2::json, job_key := $3,
             run_at := now() + make_interval(secs => $4::float8 / 1000),
             job_key_mode := 'preserve_run_at')`,
    values: [name, JSON.stringify(payload), `${name}:${Object.values(payload).join()}`, afterMs],
  });
}

export function projectJob(options: OverviewOptions): Job {
  return defineJob({
    name: SUMMARISE_PROJECT,
    schema: z.object({ projectId: z.number().int() }),
    async run({ projectId }) {
      await planProject(options, projectId);
      return undefined;
    },
  });
}

async function planProject({ context, poke }: OverviewOptions, projectId: number) {
  const { pool } = context;
  const { rows } = await pool.query<{ name: string }>('select name from projects where id = $1', [
    projectId,
  ]);
  const [project] = rows;
  if (project === undefined) return;
  const input = projectInput(project.name, await agentLines(pool, projectId, LISTED));
  await askAnew(pool, input, { entityId: projectId, projectId });
  poke();
}

export function rankingJob(options: OverviewOptions): Job {
  return defineJob({
    name: RANK_AGENTS,
    schema: z.object({ objectiveId: z.number().int() }),
    async run({ objectiveId }) {
      await planRanking(options, objectiveId);
      return undefined;
    },
  });
}

/** Asks for a ranking of the agents as they are now. */
export async function planRanking({ context, poke }: OverviewOptions, objectiveId: number) {
  const { pool } = context;
  const { rows } = await pool.query<{ body: string; projectId: number | null }>(
    'select body, project_id as "projectId" from objectives where id = $1',
    [objectiveId],
  );
  const [objective] = rows;
  if (objective === undefined) return;
  const { body, projectId } = objective;
  const agents = await agentLines(pool, projectId, LISTED);
  if (agents.length === 0) return;
  await askAnew(pool, rankingInput(body, agents), { entityId: objectiveId, projectId });
  poke();
}

/** What waits for an older picture of the same thing is no longer wanted. */
async function askAnew(
  pool: Pool,
  input: SummaryInput,
  row: { entityId: number; projectId: number | null },
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query({
      name: 'supersede-overview',
      text: `update summaries set state = 'superseded' where kind = $1 and entity_id = $2
               and input_hash <> $3 and state in ('queued', 'waiting-for-budget')`,
      values: [input.kind, row.entityId, inputHash(input)],
    });
    await requestSummaries(client, [{ ...row, input, agentId: null }]);
  });
}
