/** From a row to what the API shows of a prompt. Pure. */
import type { PromptView } from '@headspace/contract';
import { redactText } from '../../domain/redact.ts';
import type { PromptRow } from './queries.ts';

/**
 * What can still be edited is shown as it was given, else an edit would write the redaction back;
 * what has arrived is history, which never shows secrets.
 */
export function promptView(row: PromptRow): PromptView {
  return {
    id: row.id,
    agentId: row.agentId,
    key: row.key,
    text: row.state === 'accepted' ? redactText(row.body) : row.body,
    kind: row.kind,
    state: row.state,
    place: row.place,
    revision: row.revision,
    attempt: row.attempt,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    acceptedBy: row.acceptedBy,
  };
}
