/**
 * What the transcript says where hooks were missed: the server was down, or an event got lost. The
 * rule compares how the last turn stands with what is known, so it does not matter how much was
 * missed, and a second look changes nothing. It never overrules a newer hook, nor Claude's session
 * file, which is right at every moment while its process lives.
 */
import { type Activity, clearTurn, LIMITS, remember, type SessionFileSeen } from '../activity.ts';
import {
  type ContextMarks,
  DEFAULT_MARKS,
  namedWindow,
  withoutUse,
  withReading,
} from '../context-use.ts';
import { oneLine } from '../display.ts';
import type { Draft } from '../draft.ts';
import type { TranscriptPicture } from '../transcript-picture.ts';
import { lookForOutput } from './output.ts';
import { endPrompt, isEndInferred, isOfEarlierTurn } from './prompt-id.ts';
import { breakOff } from './session-file.ts';

/**
 * What the hook of the same moment has to say comes first, since it knows more (background
 * subagents, for one). Interrupts have no hook, but the session file, which is looked at each second.
 */
const HOOK_MS = 3_000;
const SESSION_FILE_MS = 1_500;
/** A clock that is further ahead than this is wrong. */
const FUTURE_MS = 5_000;

/** What the transcript itself does not know. */
export interface TranscriptFacts {
  marks: ContextMarks;
  /** The model as the start of the session named it; null where it did not. */
  startedModel: string | null;
}

const NO_FACTS: TranscriptFacts = { marks: DEFAULT_MARKS, startedModel: null };

export function applyTranscript(
  draft: Draft,
  picture: TranscriptPicture,
  now: number,
  facts: TranscriptFacts = NO_FACTS,
): string {
  noteContext(draft.activity, picture, facts);
  lookForOutput(draft, picture);
  const silent = saysNothing(draft, picture, now);
  if (silent !== null) return silent;
  const { activity } = draft;
  activity.doubt = null;
  switch (picture.turn) {
    case 'interrupted':
      return interrupted(draft, picture);
    case 'failed':
      return over(draft, picture, 'failed');
    case 'finished':
      return over(draft, picture, 'finished');
    case 'running':
      return running(draft, picture);
    case null:
      return 'nothing has been said yet';
  }
}

/** When the picture may count, where only time has to pass; else null. Milliseconds since 1970. */
export function countsFrom(picture: TranscriptPicture, now: number): number | null {
  if (picture.turn === null) return null;
  const from = picture.at + (picture.turn === 'interrupted' ? SESSION_FILE_MS : HOOK_MS);
  return from <= now || picture.at > now + FUTURE_MS ? null : from;
}

function noteContext(
  activity: Activity,
  { context, prompt }: TranscriptPicture,
  { marks, startedModel }: TranscriptFacts,
): void {
  if (context === null) return;
  const { usedTokens, at, model = null } = context;
  if (usedTokens === null) {
    activity.context = withoutUse(activity.context, at);
    return;
  }
  const reading = {
    source: 'transcript' as const,
    at,
    usedTokens,
    windowTokens: namedWindow(startedModel, model),
    shownPercent: null,
    model,
    promptId: prompt?.id ?? null,
  };
  activity.context = withReading(activity.context, reading, marks);
}

/** Why the picture decides nothing; null where it may. */
function saysNothing(draft: Draft, picture: TranscriptPicture, now: number): string | null {
  if (picture.turn === null) return 'nothing has been said yet';
  if (draft.ending !== null) return 'the agent has ended: history only';
  if (picture.at <= draft.activity.edgeAt) return 'older than the last hook: history only';
  if (picture.at > now + FUTURE_MS) return 'from the future: history only';
  if (countsFrom(picture, now) !== null) return 'waits for a better witness of the same moment';
  if (isOfEarlierTurn(draft, picture.prompt?.id ?? undefined)) {
    return 'of an earlier turn: history only';
  }
  const file = draft.activity.sessionFile;
  if (file !== null && contradicts(file, picture)) {
    return `the session file says ${file.status ?? 'nothing'}: history only`;
  }
  return null;
}

function contradicts(file: SessionFileSeen, picture: TranscriptPicture): boolean {
  const atWork = file.status === 'busy' || file.status === 'waiting';
  switch (picture.turn) {
    case 'running':
      return file.status === 'idle' || file.status === 'shell';
    case 'interrupted':
      // The file turns to idle at once, but our look at it may be a second old.
      return atWork && file.at > picture.at;
    default:
      return atWork;
  }
}

function interrupted(draft: Draft, picture: TranscriptPicture): string {
  const { activity } = draft;
  const { prompt } = picture;
  if (isNewTurn(activity, picture)) begin(draft, picture);
  if (activity.turn === 'running' || hasOwnDialog(activity)) {
    breakOff(draft, true);
    return 'the turn was interrupted or its dialog turned down';
  }
  if (activity.turn !== 'over' || !isLastEnded(activity, prompt)) return 'at rest, as known';
  activity.turn = 'interrupted';
  draft.correctOutcome(prompt?.id ?? undefined, 'interrupted');
  return 'the turn was interrupted, as is seen now';
}

function over(draft: Draft, picture: TranscriptPicture, turn: 'finished' | 'failed'): string {
  const { activity } = draft;
  const failure =
    picture.failure === null
      ? null
      : { error: picture.failure.error, message: oneLine(picture.failure.message) };
  const outcome = failure === null ? 'finished' : `failed: ${failure.error}`;
  if (isNewTurn(activity, picture)) begin(draft, picture);
  else if (isEndInferred(activity) && isLastEnded(activity, picture.prompt)) {
    draft.correctOutcome(picture.prompt?.id ?? undefined, outcome);
  } else if (activity.turn === turn && !hasOwnDialog(activity)) return `${turn}, as known`;
  const ofSubagents = activity.dialogs.filter(({ subagent }) => subagent !== null);
  clearTurn(activity);
  activity.dialogs = ofSubagents;
  activity.turn = turn;
  activity.promptId = picture.prompt?.id ?? activity.promptId;
  activity.promptSeen = true;
  activity.failure = turn === 'failed' ? failure : null;
  draft.signal(turn === 'failed' ? 'fail' : 'finish', { outcome });
  return `the turn is over (${turn}); no hook told`;
}

function running(draft: Draft, picture: TranscriptPicture): string {
  const { activity } = draft;
  const fresh = isNewTurn(activity, picture);
  if (!fresh && activity.turn === 'running') return 'at work, as known';
  if (fresh) begin(draft, picture);
  activity.turn = 'running';
  activity.failure = null;
  draft.signal('activity');
  if (activity.sessionFile?.status === 'waiting') draft.signal('ask');
  return 'at work; no hook told';
}

/** Dialogs of background subagents outlive the turn. */
function hasOwnDialog({ dialogs }: Activity): boolean {
  return dialogs.some(({ subagent }) => subagent === null);
}

/** The prompt of the last turn has never been heard of. */
function isNewTurn(activity: Activity, { prompt }: TranscriptPicture): boolean {
  if (prompt === null) return false;
  // Without an id, a turn is new where nothing of any turn was known.
  if (prompt.id === null) return activity.turn === 'none';
  return prompt.id !== activity.promptId && !activity.pastPromptIds.includes(prompt.id);
}

/** The turn whose end the session file alone has told of. */
function isLastEnded(activity: Activity, prompt: TranscriptPicture['prompt']): boolean {
  const last = activity.pastPromptIds.at(-1) ?? null;
  return prompt !== null && activity.promptId === null && prompt.id === last;
}

function begin(draft: Draft, { prompt, pastPromptIds }: TranscriptPicture): void {
  const { activity } = draft;
  for (const id of pastPromptIds) {
    if (id !== activity.promptId) remember(activity.pastPromptIds, id, LIMITS.pastPromptIds);
  }
  endPrompt(draft);
  clearTurn(activity);
  activity.turn = 'running';
  activity.promptId = prompt?.id ?? null;
  activity.promptSeen = true;
  if (prompt === null || prompt.text === null) return;
  draft.signal('prompt', {
    prompt: prompt.text,
    ...(prompt.id !== null && { promptId: prompt.id }),
  });
}
