/** From a row to what the API and the stream show. The answer itself is in the conversation. */
import type { HandoffView } from '@headspace/contract';
import { redactText } from '../../domain/redact.ts';
import type { HandoffRow } from './queries.ts';

export function handoffView(row: HandoffRow): HandoffView {
  return {
    id: row.id,
    agentId: row.agentId,
    successorId: row.successorId,
    launchId: row.launchId,
    trigger: row.trigger,
    reason: row.reason === null ? null : redactText(row.reason),
    note: row.note === null ? null : redactText(row.note),
    state: row.state,
    failedIn: row.failedIn,
    why: row.why,
    attempt: row.attempt,
    path: row.path,
    exam:
      row.score === null
        ? null
        : {
            score: row.score,
            missed: row.missed.map(({ question, terms }) => ({
              question,
              terms: terms.map(redactText),
            })),
          },
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    deadlineAt: row.deadlineAt?.toISOString() ?? null,
  };
}
