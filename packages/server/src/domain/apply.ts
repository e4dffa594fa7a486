/** Applies one piece of evidence to an agent: the pure heart of every section. */
import type { SessionFileSeen, Witness } from './activity.ts';
import type { AgentState, Ending, Ledger } from './agent-state.ts';
import { type ContextMarks, type ContextReading, withReading } from './context-use.ts';
import { type ApplyContext, Draft } from './draft.ts';
import type { Hook, HookOf } from './hook.ts';
import { injectionJob, noteTokens } from './persona-injection.ts';
import { promptSigns, promptSubmitted } from './rules/delivery.ts';
import type { RuleFacts } from './rules/facts.ts';
import { applyRule } from './rules/index.ts';
import { afterLateHook, applySessionFile } from './rules/session-file.ts';
import { endAgent } from './rules/session.ts';
import { type SettledOutput, settleOutput } from './rules/output.ts';
import { settle } from './rules/settle.ts';
import type { PromptSign, TranscriptPicture } from './transcript-picture.ts';
import { applyTranscript, type TranscriptFacts } from './rules/transcript.ts';
import type { ScreenFact } from './screen-fact.ts';

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
  facts?: TranscriptFacts,
): Applied {
  const draft = new Draft(before, picture.at, context);
  const outcome = applyTranscript(draft, picture, now, facts);
  settle(draft);
  const agent = draft.seal({
    source: 'transcript',
    signal: `transcript: turn ${picture.turn ?? 'not begun'}`,
    at: picture.at,
    hookEventId: null,
  });
  return { agent, outcome };
}

/** What new entries of the transcript say of prompts on their way; the state stays as it is. */
export function applyPromptSigns(
  before: AgentState,
  signs: readonly PromptSign[],
  context: ApplyContext,
): Applied {
  const at = Math.max(0, ...signs.map((sign) => sign.at));
  const draft = new Draft(before, at, context);
  const proofs = promptSigns(draft, signs);
  const agent = { activity: draft.activity, command: before.command, ending: before.ending };
  return { agent, outcome: `${proofs} of ${signs.length} signs prove a prompt` };
}

/** The transcript has shown texts of personas; a job takes note of the one that was awaited. */
export function applyInjectionTokens(
  before: AgentState,
  tokens: readonly string[],
  { id, host, ledger }: { id: number; host: string; ledger: Ledger },
): Applied {
  const activity = { ...before.activity };
  const arrived = noteTokens(activity, tokens);
  if (arrived !== null) {
    ledger.jobs.push(injectionJob({ id, host }, arrived.id, { proof: true, afterMs: 0 }));
  }
  return { agent: { ...before, activity }, outcome: arrived === null ? 'known' : 'it has arrived' };
}

/** A UserPromptSubmit that came too late to change the state still proves that a prompt arrived. */
export function applyLatePrompt(
  before: AgentState,
  hook: HookOf<'UserPromptSubmit'>,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, hook.at, context);
  promptSubmitted(draft, hook.payload.prompt, hook.at);
  const agent = { activity: draft.activity, command: before.command, ending: before.ending };
  return { agent, outcome: 'history only' };
}

/** What came of looking for the final text of its last command. */
export function applyOutput(
  before: AgentState,
  output: SettledOutput,
  witness: Witness,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, witness.at, context);
  settleOutput(draft, output);
  return { agent: draft.seal(witness), outcome: `output ${output}` };
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

/** How full the context is: no part of the state, and so no step in the history. */
export function applyContextReading(
  before: AgentState,
  reading: ContextReading,
  marks: ContextMarks,
): Applied {
  const context = withReading(before.activity.context, reading, marks);
  const agent = { ...before, activity: { ...before.activity, context } };
  return { agent, outcome: `context use by ${reading.source}` };
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
