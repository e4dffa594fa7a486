/**
 * What Claude's own session file says: the only quick witness of interrupts and denials, which
 * fire no hook. It speaks only where it is newer than the last hook that decided something.
 *
 * Idle in the middle of a turn is an interrupt or a denial only where the turn's hooks would have
 * come before it. Where they may still lie in a spool, the turn is over and no more is known.
 */
import type { Draft } from '../draft.ts';
import { clearTurn, type SessionFileSeen } from '../activity.ts';
import { endPrompt } from './prompt-id.ts';

/**
 * Of a command whose turn was over before anybody saw how: a hook from the spool, or the transcript,
 * may still bring what was said.
 */
export const END_NOT_SEEN = 'end not seen';

/** `watched`: the change was seen when it happened, by a server that could take hooks. */
export function applySessionFile(draft: Draft, seen: SessionFileSeen, watched: boolean): string {
  const { activity } = draft;
  const before = activity.sessionFile;
  if (before !== null && seen.at < before.at) return 'older than what was already seen';
  activity.sessionFile = seen;
  if (seen.at < activity.edgeAt) return 'older than the last hook';
  activity.doubt = null;
  switch (seen.status) {
    case 'idle':
    case 'shell':
      return atRest(draft, watched);
    case 'busy':
      return busy(draft, before, seen);
    case 'waiting':
      // A dialog that the person opened at rest (/model, /config) is no command.
      if (draft.command?.completedAt === null) draft.signal('ask');
      return `waits for a person: ${seen.waitingFor ?? 'a dialog is open'}`;
    case null:
      return 'no status yet';
  }
}

/**
 * A hook came late, after the session file had told of a later moment: what the file says of that
 * moment still holds, whatever the hook has just put in motion again.
 */
export function afterLateHook(draft: Draft): string | null {
  const { activity } = draft;
  const file = activity.sessionFile;
  if (file === null || file.at <= draft.at) return null;
  switch (file.status) {
    case 'idle':
    case 'shell':
      return atRest(draft, false);
    case 'busy':
      closeDialogs(draft, file.at);
      return 'busy since';
    case 'waiting':
      if (draft.command?.completedAt === null) draft.signal('ask');
      return 'waits for a person since';
    case null:
      return null;
  }
}

/** Idle in the middle of a turn: it was interrupted, or a dialog was turned down. */
function atRest(draft: Draft, watched: boolean): string {
  const { activity } = draft;
  const openTurn = activity.turn === 'running' || activity.dialogs.length > 0;
  const fileAsked = draft.command?.state === 'awaiting_input';
  activity.subagents = {};
  activity.compacting = null;
  if (!openTurn && !fileAsked) {
    // What ran in the background has ended without a word.
    activity.tasks = activity.tasks.filter(({ type }) => type !== 'subagent');
    if (activity.turn === 'finished') draft.signal('finish');
    return 'at rest, as known';
  }
  breakOff(draft, watched);
  return watched ? 'the turn was interrupted or its dialog turned down' : 'the turn is over';
}

/** The open turn ended without a hook: by a person's hand, or (`seen` false) it is not known how. */
export function breakOff(draft: Draft, seen: boolean): void {
  const { activity } = draft;
  endPrompt(draft);
  const failure = activity.failure;
  clearTurn(activity);
  activity.failure = failure;
  activity.turn = seen ? 'interrupted' : 'over';
  draft.signal('interrupt', { outcome: seen ? 'interrupted' : END_NOT_SEEN });
}

/**
 * Busy that began after a dialog opened is its answer: while a dialog is shown, the file says
 * waiting. The moment of the waiting itself is no measure, it can lie before that of the dialog's
 * hook, nor has it to be seen where the answer was quick. A form reads busy all the time.
 */
function busy(draft: Draft, before: SessionFileSeen | null, seen: SessionFileSeen): string {
  closeDialogs(draft, seen.at);
  return before?.status === 'waiting' ? 'the dialog was answered' : 'busy';
}

/** Dialogs that opened up to `at` have been answered; forms, which read busy, apart. */
function closeDialogs(draft: Draft, at: number): void {
  const { activity } = draft;
  activity.dialogs = activity.dialogs.filter(
    (dialog) => dialog.kind === 'elicitation' || dialog.since > at,
  );
  const asks = draft.command?.state === 'awaiting_input';
  if (asks && activity.dialogs.length === 0) draft.signal('answered');
}
