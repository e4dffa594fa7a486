/** Applies one piece of evidence to an agent: the pure heart of every section. */
import type { SessionFileSeen, Witness } from './activity.ts';
import type { AgentState, Ending } from './agent-state.ts';
import { type ApplyContext, Draft } from './draft.ts';
import type { Hook } from './hook.ts';
import type { RuleFacts } from './rules/facts.ts';
import { applyRule } from './rules/index.ts';
import { afterLateHook, applySessionFile } from './rules/session-file.ts';
import { endAgent } from './rules/session.ts';
import { settle } from './rules/settle.ts';
import { applyTranscript } from './rules/transcript.ts';
import type { ScreenFact } from './screen-fact.ts';
import type { TranscriptPicture } from './transcript-picture.ts';

export interface Applied {
  agent: AgentState;
  /** What the evidence did, or why it did nothing: kept with it for ever. */
  outcome: string;
}

export function applyHook(
  before: AgentState,
  hook: Hook,
  facts: RuleFacts,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, hook.at, context);
  const { outcome, decides } = applyRule(draft, hook, facts);
  let since: string | null = null;
  if (decides) {
    draft.activity.edgeAt = Math.max(draft.activity.edgeAt, hook.at);
    draft.activity.doubt = null;
    since = draft.ending === null ? afterLateHook(draft) : null;
  }
  settle(draft);
  const agent = draft.seal({
    source: 'hook',
    signal: hookSignal(hook),
    at: hook.at,
    hookEventId: hook.inboxId,
  });
  return { agent, outcome: since === null ? outcome : `${outcome}; session file: ${since}` };
}

/** `watched`: see `applySessionFile`. */
export function applySessionFileSeen(
  before: AgentState,
  seen: SessionFileSeen,
  context: ApplyContext,
  watched = true,
): Applied {
  const draft = new Draft(before, seen.at, context);
  const outcome = applySessionFile(draft, seen, watched);
  settle(draft);
  const signal = `session file: ${seen.status ?? 'no status'}`;
  const agent = draft.seal({
    source: 'session_file',
    signal: seen.waitingFor === null ? signal : `${signal} (${seen.waitingFor})`,
    at: seen.at,
    hookEventId: null,
  });
  return { agent, outcome };
}

/** `now` in milliseconds since 1970: what has just been written waits for its hook. */
export function applyTranscriptRead(
  before: AgentState,
  picture: TranscriptPicture,
  now: number,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, picture.at, context);
  const outcome = applyTranscript(draft, picture, now);
  settle(draft);
  const agent = draft.seal({
    source: 'transcript',
    signal: `transcript: turn ${picture.turn ?? 'not begun'}`,
    at: picture.at,
    hookEventId: null,
  });
  return { agent, outcome };
}

/** The agent is over, by other evidence than its own SessionEnd. */
export function applyEnding(
  before: AgentState,
  ending: Ending,
  witnesses: readonly Witness[],
  context: ApplyContext,
): Applied {
  if (before.ending !== null) return { agent: before, outcome: 'the agent has already ended' };
  const draft = new Draft(before, ending.at, context);
  endAgent(draft, ending);
  return { agent: draft.seal(...witnesses), outcome: ending.reason };
}

/** It can no longer be known what the agent does, and why. */
export function applyDoubt(
  before: AgentState,
  doubt: string,
  witness: Witness,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, witness.at, context);
  draft.activity.doubt = doubt;
  return { agent: draft.seal(witness), outcome: doubt };
}

/** What a look at its terminal proves, or (null) no longer does. `at`: of the look. */
export function applyScreen(
  before: AgentState,
  screen: ScreenFact | null,
  at: number,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, at, context);
  draft.activity.screen = screen;
  const signal = screen === null ? 'screen: nothing of note' : `screen: ${screen.summary}`;
  return {
    agent: draft.seal({ source: 'tmux', signal, at, hookEventId: null }),
    outcome: signal,
  };
}

/** An ended agent lives again: a step of its own in its history, before what woke it is applied. */
export function applyRevival(before: AgentState, witness: Witness, context: ApplyContext): Applied {
  const draft = new Draft(before, witness.at, context);
  draft.ending = null;
  draft.activity.dismissed = null;
  return { agent: draft.seal(witness), outcome: 'revived' };
}

/** A hook in a few words, for evidence. */
export function hookSignal(hook: Hook): string {
  switch (hook.name) {
    case 'PreToolUse':
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PermissionRequest':
      return `${hook.name} ${hook.payload.tool_name}`;
    case 'SessionStart':
      return `SessionStart (${hook.payload.source})`;
    case 'SessionEnd':
      return `SessionEnd (${hook.payload.reason ?? 'other'})`;
    case 'Notification':
      return `Notification (${hook.payload.notification_type ?? 'unknown kind'})`;
    case 'StopFailure':
      return `StopFailure (${hook.payload.error ?? 'unknown'})`;
    default:
      return hook.name;
  }
}
