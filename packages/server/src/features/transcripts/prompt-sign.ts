/** What one entry tells of a prompt on its way: see domain/rules/delivery.ts for what it proves. */
import { deliveryMatch } from '../../domain/delivery.ts';
import type { PromptSign } from '../../domain/transcript-picture.ts';
import type { Entry, EntryBody } from './entry.ts';

/** Null for an entry that says nothing of the kind. `at` in milliseconds since 1970. */
export function promptSign({ body }: Entry, at: number): PromptSign | null {
  const kind = kindOf(body);
  if (kind === null || !('text' in body)) return null;
  return { kind, match: deliveryMatch(body.text), at };
}

function kindOf(body: EntryBody): PromptSign['kind'] | null {
  switch (body.kind) {
    case 'queue':
      if (body.operation === 'enqueue') return 'enqueued';
      return body.operation === 'popAll' ? 'taken_back' : null;
    case 'queued':
      return 'taken_in_turn';
    case 'builtin':
      return 'submitted';
    case 'prompt':
      if (body.queued === true) return 'taken_after_turn';
      return body.by === 'person' || body.by === 'shell' ? 'submitted' : null;
    default:
      return null;
  }
}
