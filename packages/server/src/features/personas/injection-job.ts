/**
 * Sees an injection through: types it where nobody has answered, and finds out what became of one
 * that went out. Idempotent; everything is decided on rows.
 */
import { z } from 'zod';
import {
  type InjectionJob,
  injectionJob as newJob,
  injectionJobName,
  personaActivity,
} from '../../domain/persona-injection.ts';
import { defineJob, type Job, type JobResult } from '../../platform/jobs/index.ts';
import { type Section, withAgents } from '../agents/index.ts';
import type { PersonasContext } from './context.ts';
import { keep, openOf, settled, typeInjection } from './deliver.ts';
import {
  findInjection,
  findInjectionOf,
  type InjectionRow,
  transcriptHasPassed,
} from './queries.ts';

const payload: z.ZodType<InjectionJob> = z.object({
  agentId: z.number().int(),
  injectionId: z.number().int(),
  proof: z.boolean(),
  waitedMs: z.number().int().min(0),
});

const LOOK_MS = 1_000;

export function injectionJob(context: PersonasContext): Job {
  return defineJob({
    name: injectionJobName(context.hostId),
    schema: payload,
    run: (job) => advance(context, job),
  });
}

async function advance(
  context: PersonasContext,
  job: InjectionJob,
): Promise<JobResult<InjectionJob> | undefined> {
  const row = await findInjection(context.pool, job.injectionId);
  if (row === undefined) return undefined;
  if (row.state === 'claimed' && row.promptId === null) {
    await typeInjection(context, row);
    return undefined;
  }
  // It went out, and until something is said there is no transcript to look into.
  if (!job.proof) return undefined;
  const options = { purpose: 'persona' };
  const verdict = await withAgents(context, [row.agentId], options, async (section) =>
    settle(context, section, row.id, job.waitedMs),
  );
  if (verdict === 'type') {
    const again = await findInjection(context.pool, row.id);
    if (again !== undefined) await typeInjection(context, again);
  }
  if (verdict !== 'again') return undefined;
  return { again: { afterMs: LOOK_MS, payload: { ...job, waitedMs: job.waitedMs + LOOK_MS } } };
}

type Verdict = 'done' | 'again' | 'type';

async function settle(
  context: PersonasContext,
  section: Section,
  id: number,
  waitedMs: number,
): Promise<Verdict> {
  const row = await findInjection(context.pool, id);
  const agent = section.agents.get(row?.agentId ?? 0);
  if (row === undefined || agent === undefined) return 'done';
  const { open, proved } = personaActivity(agent.state.activity);
  const isOpen = open?.id === id;
  if (row.how === 'typed') {
    if (isOpen) await settleTyped(context, section, row);
    return 'done';
  }
  if (row.state !== 'delivered' && row.state !== 'uncertain') return 'done';
  if (proved.includes(row.token)) {
    if (isOpen) keep(section, agent, { open: null });
    await section.persist([], settled(context, row, { state: 'confirmed' }));
    return 'done';
  }
  if (!isOpen) {
    if (waitedMs < context.settings['personas.proofWithinMs']) return 'again';
    const reason = 'its context ended before anything could prove it';
    await section.persist([], settled(context, row, { state: 'uncertain', reason }));
    return 'done';
  }
  if (
    row.deliveredAt !== null &&
    (await transcriptHasPassed(context.pool, agent.id, row.deliveredAt))
  ) {
    // The client writes what a hook has told it before anything that is said after it.
    await unanswered(context, section, row, 'the transcript has gone on without it');
    return 'type';
  }
  if (row.state === 'uncertain') return 'done';
  if (waitedMs < context.settings['personas.proofWithinMs']) return 'again';
  const reason = 'uncertain: nothing proves that it has arrived';
  keep(section, agent, { notice: `its persona is ${reason}` });
  await section.persist([], settled(context, row, { state: 'uncertain', reason }));
  return 'done';
}

/** Its prompt has its own states, and its own proof. */
async function settleTyped(
  context: PersonasContext,
  section: Section,
  row: InjectionRow,
): Promise<void> {
  const agent = section.agents.get(row.agentId);
  const { state, reason } = row;
  if (agent === undefined || (state !== 'confirmed' && state !== 'uncertain')) return;
  const arrived = state === 'confirmed';
  if (arrived) keep(section, agent, { open: null, hold: null });
  else
    keep(section, agent, { notice: `its persona is uncertain: ${reason ?? 'it was not typed'}` });
  await section.persist([], settled(context, row, { state, reason }));
}

/** The answer was certainly not taken: it is claimed again, to be typed. */
async function unanswered(
  context: PersonasContext,
  section: Section,
  row: InjectionRow,
  reason: string,
): Promise<void> {
  const agent = section.agents.get(row.agentId);
  if (agent === undefined) return;
  keep(section, agent, { open: openOf(row, null) });
  await section.persist([], settled(context, row, { state: 'claimed', how: 'typed', reason }));
}

/**
 * The SessionStart of this event came again from the spool. The hook script keeps an event there
 * until it has taken the answer, so the first answer was not taken.
 */
export async function startCameAgain(context: PersonasContext, eventId: string): Promise<void> {
  const found = await findInjectionOf(context.pool, eventId);
  if (found?.how !== 'answer' || (found.state !== 'claimed' && found.state !== 'delivered')) return;
  await withAgents(context, [found.agentId], { purpose: 'persona' }, async (section) => {
    const agent = section.agents.get(found.agentId);
    const row = await findInjection(context.pool, found.id);
    if (agent === undefined || row?.how !== 'answer') return;
    if (row.state !== 'claimed' && row.state !== 'delivered') return;
    const { open, proved } = personaActivity(agent.state.activity);
    if (open?.id !== row.id || proved.includes(row.token)) return;
    section.apply(agent, (state, { ledger }) => {
      ledger.jobs.push(newJob(agent, row.id, { proof: false, afterMs: 0 }));
      return { agent: state, outcome: 'came again' };
    });
    await unanswered(context, section, row, 'its answer was not taken');
  });
}
