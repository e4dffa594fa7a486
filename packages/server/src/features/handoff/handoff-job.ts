/**
 * Moves a handoff on. Each call looks where it stands, does what is next, and comes again; whatever
 * dies in between, the next call goes on. Two calls at once do a step once: it is decided on the row
 * as it is read under the lock of the agent that hands over.
 */
import { z } from 'zod';
import { handoffJobName } from '../../domain/handoff.ts';
import { defineJob, type Job, type JobResult } from '../../platform/jobs/index.ts';
import type { HandoffContext } from './context.ts';
import { ask, awaitDocument } from './document-steps.ts';
import { examine } from './exam-step.ts';
import { findHandoff, type HandoffRow } from './queries.ts';
import type { Next } from './step.ts';
import { awaitSuccessor, launch } from './successor-steps.ts';

const payload = z.object({
  handoffId: z.number().int(),
  /** What the last look has found of the document. */
  mark: z.string().nullable().default(null),
});
type Payload = z.infer<typeof payload>;

/** Between two looks. */
const LOOK_MS = 500;

export function handoffJob(context: HandoffContext): Job {
  return defineJob<Payload>({
    name: handoffJobName(context.hostId),
    schema: payload,
    run: async ({ handoffId, mark }, { signal }): Promise<JobResult<Payload> | undefined> => {
      const handoff = await findHandoff(context.pool, handoffId);
      if (handoff === undefined) return undefined;
      const next = await advance(context, handoff, mark, signal);
      if (next === 'done') return undefined;
      const seen = next === 'again' ? null : next.mark;
      return { again: { afterMs: LOOK_MS, payload: { handoffId, mark: seen } } };
    },
  });
}

async function advance(
  context: HandoffContext,
  handoff: HandoffRow,
  mark: string | null,
  signal: AbortSignal,
): Promise<Next | { readonly mark: string }> {
  switch (handoff.state) {
    case 'requested':
      return ask(context, handoff, signal);
    case 'asked':
      return awaitDocument(context, handoff, mark, signal);
    case 'written':
      return launch(context, handoff, signal);
    case 'launching':
      return awaitSuccessor(context, handoff, signal);
    case 'examining':
      return examine(context, handoff, signal);
    case 'done':
    case 'failed':
    case 'abandoned':
      return 'done';
  }
}
