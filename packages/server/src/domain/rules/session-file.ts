/**
 * What Claude's own session file says: the only quick witness of interrupts and denials, which
 * fire no hook. It speaks only where it is newer than the last hook that decided something.
 */
import type { Draft } from '../draft.ts';
import { clearTurn, type SessionFileSeen } from '../activity.ts';
import { endPrompt } from './prompt-id.ts';

export function applySessionFile(draft: Draft, seen: SessionFileSeen): string {
  const { activity } = draft;
  const before = activity.sessionFile;
  if (before !== null && seen.at < before.at) return 'older than what was already seen';
  activity.sessionFile = seen;
  if (seen.at < activity.edgeAt) return 'older than the last hook';
  activity.doubt = null;
  switch (seen.status) {
    case 'idle':
    case 'shell':
      return atRest(draft);
    case 'busy':
      return busy(draft, before);
    case 'waiting':
      // A dialog that the person opened at rest (/model, /config) is no command.
      if (draft.command?.completedAt === null) draft.signal('ask');
      return `waits for a person: ${seen.waitingFor ?? 'a dialog is open'}`;
    case null:
      return 'no status yet';
  }
}

/** Idle in the middle of a turn: it was interrupted, or a dialog was turned down. */
function atRest(draft: Draft): string {
  const { activity } = draft;
  const openTurn = activity.turn === 'running' || activity.dialogs.length > 0;
  const fileAsked = draft.command?.state === 'awaiting_input';
  activity.subagents = {};
  activity.compacting = null;
  if (!openTurn && !fileAsked) return 'at rest, as known';
  endPrompt(draft);
  const failure = activity.failure;
  clearTurn(activity);
  activity.failure = failure;
  activity.turn = 'interrupted';
  draft.signal('interrupt', { outcome: 'interrupted' });
  return 'the turn was interrupted or its dialog turned down';
}

/** From waiting to busy: the dialog was answered and its tool runs. A form also reads busy. */
function busy(draft: Draft, before: SessionFileSeen | null): string {
  const { activity } = draft;
  if (before?.status !== 'waiting') return 'busy';
  activity.dialogs = activity.dialogs.filter(
    (dialog) => dialog.kind === 'elicitation' || dialog.since > before.at,
  );
  if (activity.dialogs.length === 0) draft.signal('answered');
  return 'the dialog was answered';
}
