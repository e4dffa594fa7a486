/** After every rule: nobody is told that it is their turn while a command is still open. */
import { freshFile } from '../attention.ts';
import type { Draft } from '../draft.ts';

/**
 * Closes a command that nothing works on and nothing waits for any more. Its turn is over, and the
 * last subagent or dialog that kept it open went without an event of its own.
 */
export function settle(draft: Draft): void {
  const { activity, command } = draft;
  if (command === null || command.completedAt !== null) return;
  const kept =
    activity.turn === 'running' ||
    activity.compacting !== null ||
    activity.dialogs.length > 0 ||
    freshFile(activity)?.status === 'waiting' ||
    Object.keys(activity.subagents).length > 0;
  if (!kept) draft.signal('finish');
}
