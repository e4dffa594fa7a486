/**
 * Waits, without any lock, until the transcript has passed the end of a command; then settles what
 * is known of its final text, under the agent's lock and with fresh rows. It touches nothing but
 * this command's own output, so a prompt that came meanwhile has nothing to fear of it.
 *
 *   look ─► not there yet ─► again in a moment ─► … ─► deadline: unknown
 *        └► there: lock, fresh look, write
 *
 * The deadline counts the waiting itself and not the hours during which no server ran.
 */
import { z } from 'zod';
import { applyOutput } from '../../domain/apply.ts';
import { DEFERRED_STOP, type SettledOutput, tellsEndOf } from '../../domain/rules/output.ts';
import { defineJob, type Job, type JobResult } from '../../platform/jobs/index.ts';
import { type AgentsContext, type Section, withAgents, witness } from '../agents/index.ts';
import { findStopped, type Found, linkAnswer, settleOlder } from './queries.ts';

export interface DeferredStopOptions {
  readonly context: AgentsContext;
  readonly now: () => number;
  /** Waiting after which the final text counts as unknown. */
  readonly deadlineMs: number;
}

const payload = z.object({
  agentId: z.number().int(),
  commandId: z.number().int(),
  waitedMs: z.number().int().min(0),
});
type Payload = z.infer<typeof payload>;

const SHORTEST_MS = 250;
const LONGEST_MS = 2_000;

export function deferredStopJob(options: DeferredStopOptions): Job {
  return defineJob({
    name: DEFERRED_STOP,
    schema: payload,
    run: (stopped, { signal }) => run(options, stopped, signal),
  });
}

async function run(
  options: DeferredStopOptions,
  stopped: Payload,
  signal: AbortSignal,
): Promise<JobResult<Payload> | undefined> {
  const { agentId, commandId, waitedMs } = stopped;
  const isLast = waitedMs >= options.deadlineMs;
  const found = await findStopped(options.context.pool, commandId, agentId);
  if (found?.command.output !== 'pending') return undefined;
  if (verdict(found, isLast) === null) return again(options, stopped);
  return withAgents(
    options.context,
    [agentId],
    { purpose: DEFERRED_STOP, signal },
    async (section) => {
      const settled = await settle(options, section, stopped, isLast);
      return settled ? undefined : again(options, stopped);
    },
  );
}

/** False where the transcript was read anew meanwhile and no longer tells. */
async function settle(
  { context, now }: DeferredStopOptions,
  section: Section,
  { agentId, commandId }: Payload,
  isLast: boolean,
): Promise<boolean> {
  const agent = section.agents.get(agentId);
  const found = await findStopped(context.pool, commandId, agentId);
  if (agent === undefined || found?.command.output !== 'pending') return true;
  const output = verdict(found, isLast);
  if (output === null) return false;
  const isPresent = agent.state.command?.id === commandId;
  if (isPresent) {
    const source = witness('transcript', `output ${output}`, now());
    section.apply(agent, (state, apply) => applyOutput(state, output, source, apply));
  }
  const { answer } = found;
  await section.persist([], async (client) => {
    if (!isPresent) await settleOlder(client, commandId, found, output);
    if (output === 'known' && answer !== null) await linkAnswer(client, commandId, answer);
  });
  return true;
}

/** Null while it is worth waiting. */
function verdict({ command, pictures, answer }: Found, isLast: boolean): SettledOutput | null {
  if (pictures.some((picture) => tellsEndOf(picture, command))) {
    return answer === null ? 'none' : 'known';
  }
  return isLast ? 'unknown' : null;
}

/** Longer and longer, and the last time exactly at the deadline. */
function again({ deadlineMs }: DeferredStopOptions, stopped: Payload): JobResult<Payload> {
  const { waitedMs } = stopped;
  const pauseMs = Math.min(Math.max(waitedMs, SHORTEST_MS), LONGEST_MS);
  const afterMs = Math.max(Math.min(pauseMs, deadlineMs - waitedMs), 1);
  return { again: { afterMs, payload: { ...stopped, waitedMs: waitedMs + afterMs } } };
}
