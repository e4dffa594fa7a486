/** Prompts and the ends of turns. */
import type { Draft } from '../draft.ts';
import { clearTurn } from '../activity.ts';
import { oneLine } from '../display.ts';
import { type HookOf, isTaskNotification, subagentOf } from '../hook.ts';
import { inputKey } from '../input-key.ts';
import { answerMatch, FAILURE_MATCH, promptMatch, type TurnNames } from '../turn-names.ts';
import { promptSubmitted } from './delivery.ts';
import { noteOutput } from './output.ts';
import { endPrompt, isEndInferred, isOfEarlierTurn } from './prompt-id.ts';

export function userPromptSubmit(draft: Draft, hook: HookOf<'UserPromptSubmit'>): string {
  const { activity } = draft;
  const { prompt, prompt_id: promptId } = hook.payload;
  if (promptId !== undefined && activity.pastPromptIds.includes(promptId)) {
    return 'seen before: the turn of this prompt is over';
  }
  if (promptId !== undefined && promptId === activity.promptId) {
    if (activity.promptSeen) return 'seen before: this prompt has already begun its turn';
    return overtaken(draft, hook);
  }
  promptSubmitted(draft, prompt, hook.at);
  beginTurn(draft, promptId);
  if (isTaskNotification(prompt)) {
    draft.turn({
      actor: 'agent',
      kind: 'notification',
      text: prompt,
      ...promptNames(hook),
    });
    return "turn begun by a task notification, not by a person's prompt";
  }
  draft.signal('prompt', { prompt, ...(promptId !== undefined && { promptId }) });
  draft.turn({ actor: 'user', kind: 'prompt', text: prompt, ...promptNames(hook) });
  return 'new prompt';
}

/** Another event of this turn came first: the command it opened gets its prompt. */
function overtaken(draft: Draft, hook: HookOf<'UserPromptSubmit'>): string {
  const { prompt, prompt_id: promptId } = hook.payload;
  draft.activity.promptSeen = true;
  promptSubmitted(draft, prompt, hook.at);
  const person = !isTaskNotification(prompt);
  if (person) draft.attachPrompt(prompt, promptId ?? null);
  draft.turn({
    actor: person ? 'user' : 'agent',
    kind: person ? 'prompt' : 'notification',
    text: prompt,
    ...promptNames(hook),
  });
  return 'prompt of a turn that was already under way';
}

/** The start of a turn ends everything of the one before it, also where its end was not seen. */
function beginTurn(draft: Draft, promptId: string | undefined): void {
  const { activity } = draft;
  endPrompt(draft);
  clearTurn(activity);
  activity.turn = 'running';
  activity.promptId = promptId ?? null;
  activity.promptSeen = true;
}

export function stop(draft: Draft, hook: HookOf<'Stop'>): string {
  const { activity } = draft;
  const tasks = (hook.payload.background_tasks ?? []).filter((task) => task.status === 'running');
  if (isOfEarlierTurn(draft, hook.payload.prompt_id)) {
    // Also where the next prompt was processed first: the answer belongs to the history.
    recordAnswer(draft, hook, false);
    return 'end of an earlier turn; the present one goes on';
  }
  const repeated =
    activity.turn === 'finished' &&
    activity.promptId === hook.payload.prompt_id &&
    hook.payload.stop_hook_active !== true;
  activity.tasks = tasks.map(({ id, type, description }) => ({
    id,
    type,
    description: description === undefined ? null : oneLine(description),
  }));
  const running = new Set(tasks.filter(({ type }) => type === 'subagent').map(({ id }) => id));
  for (const id of Object.keys(activity.subagents)) {
    if (!running.has(id)) delete activity.subagents[id];
  }
  const dialogsOfSubagents = activity.dialogs.filter(
    ({ subagent }) => subagent !== null && running.has(subagent),
  );
  const endInferred = isEndInferred(activity);
  clearTurn(activity);
  activity.dialogs = dialogsOfSubagents;
  activity.turn = 'finished';
  activity.promptId = hook.payload.prompt_id ?? activity.promptId;
  for (const task of tasks) {
    if (task.type !== 'subagent' || activity.subagents[task.id] !== undefined) continue;
    activity.subagents[task.id] = { type: 'subagent', since: hook.at };
  }
  // While subagents work, the command is not done: a notification turn will follow.
  if (running.size === 0) draft.signal('finish');
  else draft.signal('activity');
  if (endInferred) draft.correctOutcome(hook.payload.prompt_id, 'finished');
  const hasText = recordAnswer(draft, hook, repeated);
  if (hasText || !repeated) noteOutput(draft, hook.payload.prompt_id, hasText);
  return running.size === 0 ? 'turn finished' : 'turn answered, background subagents still run';
}

export function stopFailure(draft: Draft, hook: HookOf<'StopFailure'>): string {
  const { activity } = draft;
  const subagent = subagentOf(hook);
  if (subagent !== null) {
    // Also sent for the CLI's own forks (compaction): the turn's own failure follows, or not.
    if (activity.subagents[subagent] !== undefined) delete activity.subagents[subagent];
    return 'a subagent failed; the turn goes on';
  }
  if (isOfEarlierTurn(draft, hook.payload.prompt_id)) return 'failure of an earlier turn';
  const message = oneLine(hook.payload.last_assistant_message ?? '');
  const repeated = activity.turn === 'failed' && activity.promptId === hook.payload.prompt_id;
  const endInferred = isEndInferred(activity);
  clearTurn(activity);
  activity.turn = 'failed';
  activity.promptId = hook.payload.prompt_id ?? activity.promptId;
  activity.failure = { error: hook.payload.error ?? 'unknown', message };
  const outcome = `failed: ${activity.failure.error}`;
  draft.signal('fail', { outcome });
  if (endInferred) draft.correctOutcome(hook.payload.prompt_id, outcome);
  if (!repeated) {
    draft.turn({ actor: 'agent', kind: 'error', text: message, ...failureNames(hook) });
  }
  return 'turn ended by an error';
}

/** False where the event carries no text. */
function recordAnswer(draft: Draft, hook: HookOf<'Stop'>, repeated: boolean): boolean {
  const text = hook.payload.last_assistant_message ?? '';
  if (text === '') return false;
  if (!repeated) draft.turn({ actor: 'agent', kind: 'message', text, ...answerNames(hook, text) });
  return true;
}

/** Names of the turn that a prompt is. */
export function promptNames(hook: HookOf<'UserPromptSubmit'>): TurnNames {
  const promptId = hook.payload.prompt_id ?? null;
  const match = promptMatch(promptId, hook.payload.prompt);
  return { key: turnKey('prompt', hook), promptId, match };
}

/** Names of the turn that the answer `text` at a Stop is. */
export function answerNames(hook: HookOf<'Stop'>, text: string): TurnNames {
  const key = turnKey('answer', hook);
  return { key, promptId: hook.payload.prompt_id ?? null, match: answerMatch(text) };
}

function failureNames(hook: HookOf<'StopFailure'>): TurnNames {
  const promptId = hook.payload.prompt_id ?? null;
  return { key: turnKey('failure', hook), promptId, match: FAILURE_MATCH };
}

/**
 * Key of a turn. A prompt_id names one turn of the conversation; without one the inbox row does.
 * A turn that a Stop hook sends on ends more than once under one prompt_id: the text tells.
 */
function turnKey(kind: string, hook: HookOf<'UserPromptSubmit' | 'Stop' | 'StopFailure'>): string {
  const id = hook.payload.prompt_id ?? `event-${hook.inboxId}`;
  if (hook.name !== 'Stop' || hook.payload.stop_hook_active !== true) return `${kind}:${id}`;
  return `${kind}:${id}:${inputKey('Stop', hook.payload.last_assistant_message, null)}`;
}
