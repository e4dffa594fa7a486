/**
 * Prompts that are on their way into Claude Code, as the rules see them: one in flight, some that
 * were given up without proof, and what waits in the client's own queue. Part of an agent's
 * activity, so the proof of arrival is found under the agent's lock together with the event that is
 * the proof.
 */
import type { AcceptedBy, PromptCounts, PromptState } from '@headspace/contract';
import type { Activity } from './activity.ts';
import { inputKey } from './input-key.ts';
import { isInFlight } from './prompt-state.ts';

export interface Delivery {
  /** `prompts.id`. */
  promptId: number;
  /** `deliveryMatch` of the text that is put into the prompt box. */
  match: string;
  /** When it was claimed: what was said before is no proof. Milliseconds since 1970. */
  at: number;
  /** How often Enter was pressed for it, or was about to be; absent: never. */
  enters?: number;
  /** When it was pressed last. */
  enteredAt?: number;
  /** `ScreenReading.above` before it was pressed: unchanged, Enter has had no effect. */
  above?: string;
}

/** Given up without proof (`failed`), or sent again by a person (`queued`): proof may still come. */
export interface Unproven extends Delivery {
  state: 'failed' | 'queued';
}

/** A message in the client's own queue, a person's or ours, of which two more signs will come. */
export interface ClientQueued {
  match: string;
  at: number;
  /** Who of the two has told that it was taken out, and when: the hook, or the transcript's entry. */
  taken: { by: 'hook' | 'entry'; at: number } | null;
}

/** A change of one prompt, kept in the ledger and written with the section. */
export interface PromptChange {
  id: number;
  /** The states in which it may be now; all of one group of the counts. */
  from: readonly PromptState[];
  to: PromptState;
  at: number;
  /** Null clears it. */
  reason: string | null;
  acceptedBy?: AcceptedBy;
  /** New words: the revision grows. */
  body?: string;
  kind?: 'text' | 'command';
  position?: number;
  file?: string | null;
  /** A delivery begins: one attempt more. */
  attempts?: true;
}

/** A prompt that a person has just given. */
export interface NewPrompt {
  id: number;
  key: string;
  request: string;
  body: string;
  kind: 'text' | 'command';
  position: number;
  reason: string | null;
  at: number;
}

const UNPROVEN_LIMIT = 8;
const CLIENT_QUEUE_LIMIT = 32;
/** A hook that has not come by then was missed. */
const HOOK_MS = 60_000;

/**
 * Equal for texts that Claude Code does not tell apart: it takes white space off the ends and, where
 * it does not fold the paste, composes characters (Unicode NFC; seen on 2.1.197).
 */
export function deliveryMatch(text: string): string {
  return inputKey('prompt', text.toWellFormed().normalize('NFC').trim(), null);
}

/** The text `text` was submitted at `at`; `by` whom we know it. Null where it is none of ours. */
export function proveArrival(
  activity: Activity,
  match: string,
  at: number,
  by: AcceptedBy,
): PromptChange | null {
  const { delivery } = activity;
  const fits = (sent: Delivery) => sent.match === match && at >= sent.at;
  const accepted = { to: 'accepted' as const, at, reason: null, acceptedBy: by };
  // The older one first: what was given up may be what arrives.
  const late = activity.unproven?.find(fits);
  if (late !== undefined && (delivery === undefined || delivery === null || at < delivery.at)) {
    forgetUnproven(activity, late.promptId);
    return { id: late.promptId, from: [late.state], ...accepted };
  }
  if (delivery === undefined || delivery === null || !fits(delivery)) return null;
  activity.delivery = null;
  return { id: delivery.promptId, from: ['delivering', 'pasted'], ...accepted };
}

/** The delivery in flight is given up without knowing whether it arrived. */
export function giveUpUnproven(activity: Activity): void {
  const { delivery } = activity;
  if (delivery === undefined || delivery === null) return;
  const others = (activity.unproven ?? []).filter(({ promptId }) => promptId !== delivery.promptId);
  activity.unproven = [...others, { ...delivery, state: 'failed' as const }].slice(-UNPROVEN_LIMIT);
  activity.delivery = null;
}

/** Proof of this prompt's earlier attempt is of no interest any more. */
export function forgetUnproven(activity: Activity, promptId: number): void {
  const rest = (activity.unproven ?? []).filter((sent) => sent.promptId !== promptId);
  if (rest.length === 0) delete activity.unproven;
  else activity.unproven = rest;
}

/** A message has gone into the client's own queue. */
export function noteClientQueued(activity: Activity, match: string, at: number): void {
  const queue = withoutStale(activity.clientQueue ?? [], at);
  activity.clientQueue = [...queue, { match, at, taken: null }].slice(-CLIENT_QUEUE_LIMIT);
}

function withoutStale(queue: readonly ClientQueued[], at: number): readonly ClientQueued[] {
  return queue.filter(({ taken }) => taken?.by !== 'entry' || taken.at > at - HOOK_MS);
}

/**
 * A message comes out of the client's queue: by its hook, its own entry, or (`both`) in the middle
 * of a turn, where there is no hook. False where no such message was waiting.
 */
export function takeFromClientQueue(
  activity: Activity,
  match: string,
  at: number,
  by: 'hook' | 'entry' | 'both',
): boolean {
  const queue = withoutStale(activity.clientQueue ?? [], at);
  const index = queue.findIndex(
    (one) =>
      one.match === match &&
      one.at <= at &&
      (by === 'both' ? one.taken === null : one.taken?.by !== by),
  );
  const found = queue[index];
  if (found === undefined) return false;
  const rest =
    by === 'both' || found.taken !== null
      ? queue.toSpliced(index, 1)
      : queue.with(index, { ...found, taken: { by, at } });
  if (rest.length === 0) delete activity.clientQueue;
  else activity.clientQueue = rest;
  return true;
}

/** The counts after these changes. */
export function recount(
  before: PromptCounts,
  changes: readonly PromptChange[],
  added: number,
): PromptCounts {
  const counts = { ...before, queued: before.queued + added };
  const add = (state: PromptState | undefined, step: 1 | -1) => {
    if (state === 'queued' || state === 'failed') counts[state] += step;
    else if (state !== undefined && isInFlight(state)) counts.inFlight += step;
  };
  for (const { from, to } of changes) {
    add(from[0], -1);
    add(to, 1);
  }
  return counts;
}

/** One change per prompt: from where it was before the first to where the last one leads. */
export function foldChanges(changes: readonly PromptChange[]): PromptChange[] {
  const folded = new Map<number, PromptChange>();
  for (const change of changes) {
    const first = folded.get(change.id);
    folded.set(change.id, first === undefined ? change : { ...first, ...change, from: first.from });
  }
  return [...folded.values()];
}
