/** Starts, ends and compaction of sessions. Which agent a session belongs to is decided before. */
import type { Draft } from '../draft.ts';
import { clearTurn } from '../activity.ts';
import { withNewConversation, withoutUse } from '../context-use.ts';
import type { HookOf } from '../hook.ts';
import type { RuleFacts } from './facts.ts';
import { endPrompt } from './prompt-id.ts';

export function sessionStart(draft: Draft, hook: HookOf<'SessionStart'>, facts: RuleFacts): string {
  const { activity } = draft;
  const { source } = hook.payload;
  if (source === 'compact') {
    activity.context = withoutUse(activity.context, hook.at);
    return 'context compacted; no change of state';
  }
  if (facts.otherProcessAlive) return 'opened in a second terminal; the first one goes on';
  if (source === 'startup' && !facts.revived && !facts.sessionChanged) {
    return activity.turn === 'none' ? 'session started' : 'seen before: the session is under way';
  }
  if (source === 'clear') activity.context = withNewConversation(activity.context, hook.at);
  else if (facts.sessionChanged) activity.context = null;
  const fresh = source === 'clear' || (source === 'startup' && !facts.revived);
  rest(draft, fresh ? 'none' : 'resumed');
  if (fresh) draft.forgetCommand();
  else draft.signal('end', { outcome: 'broken off before the resume' });
  return `session started (${source})`;
}

export function sessionEnd(draft: Draft, hook: HookOf<'SessionEnd'>, facts: RuleFacts): string {
  const reason = hook.payload.reason ?? 'other';
  if (draft.ending?.by === 'inference') {
    draft.ending = { at: draft.ending.at, reason: `session ended (${reason})`, by: 'hook' };
    return `session ended (${reason}), as inferred before`;
  }
  if (draft.ending !== null) return 'the agent has already ended';
  if (facts.otherProcessAlive) return 'ended in one terminal; the session goes on in another';
  if (reason === 'clear' || reason === 'resume') {
    rest(draft, draft.activity.turn === 'none' ? 'none' : 'resumed');
    draft.signal('end', { outcome: 'session ended' });
    return `session left (${reason}); the next one follows`;
  }
  endAgent(draft, { at: hook.at, reason: `session ended (${reason})`, by: 'hook' });
  return `session ended (${reason})`;
}

/** Ends the agent: its open command dies with it. */
export function endAgent(draft: Draft, ending: NonNullable<Draft['ending']>): void {
  rest(draft, draft.activity.turn === 'none' ? 'none' : 'resumed');
  draft.activity.doubt = null;
  draft.signal('end', { outcome: ending.by === 'person' ? 'dismissed' : 'session ended' });
  draft.ending = ending;
}

/** Nothing runs in this process any more. */
function rest(draft: Draft, turn: 'none' | 'resumed'): void {
  const { activity } = draft;
  endPrompt(draft);
  clearTurn(activity);
  activity.turn = turn;
  activity.subagents = {};
  activity.tasks = [];
  delete activity.clientQueue;
  activity.doubt = null;
}

export function preCompact(draft: Draft, hook: HookOf<'PreCompact'>): string {
  draft.activity.compacting = hook.payload.trigger === 'auto' ? 'auto' : 'manual';
  return `compaction starts (${draft.activity.compacting})`;
}

export function postCompact(draft: Draft): string {
  draft.activity.compacting = null;
  draft.activity.context = withoutUse(draft.activity.context, draft.at);
  return 'compaction over';
}
