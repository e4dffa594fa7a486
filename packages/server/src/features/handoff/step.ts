/** What the steps of a handoff have in common. */
import type { HandoffContext } from './context.ts';
import { failHandoff, noteHandoff } from './handoff-section.ts';
import type { HandoffRow } from './queries.ts';

/** What a look at a handoff leads to: it comes again, or nothing is left for it to do. */
export type Next = 'again' | 'done';

/** What is awaited may still come, until the deadline of the step. */
export async function waitOrFail(
  context: HandoffContext,
  handoff: HandoffRow,
  signal: AbortSignal,
  { waits, missed }: { readonly waits: string; readonly missed: string },
): Promise<Next> {
  const { deadlineAt } = handoff;
  if (deadlineAt !== null && deadlineAt.getTime() <= context.clock.now()) {
    await failHandoff(context, handoff, missed, signal);
    return 'done';
  }
  await noteHandoff(context, handoff, waits, signal);
  return 'again';
}
