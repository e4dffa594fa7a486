/**
 * One step of a prompt together with what it means for the agent's activity: whoever changes the
 * one without the other would lose the proof of an arrival. Pure.
 */
import type { AcceptedBy, PromptKind, PromptState } from '@headspace/contract';
import type { Activity } from './activity.ts';
import { forgetUnproven, giveUpUnproven, type PromptChange } from './delivery.ts';
import { promptStep } from './prompt-state.ts';

export type PromptStep =
  /** `match` is `deliveryMatch` of what will stand in the prompt box. */
  | { signal: 'claim'; match: string; file?: string | null }
  | { signal: 'paste' }
  /** Nothing was submitted, that is certain; `reason` says what it waits for. */
  | { signal: 'release'; reason: string | null }
  /** `uncertain`: it may have arrived; a later proof still counts. */
  | { signal: 'fail'; reason: string; uncertain: boolean }
  | { signal: 'accept'; by: AcceptedBy }
  | { signal: 'edit'; body?: string; kind?: PromptKind; position?: number }
  | { signal: 'cancel' }
  | { signal: 'requeue'; reason: string | null };

export interface SteppedPrompt {
  id: number;
  state: PromptState;
}

/** The change to be written; `activity` is changed in place. Null where the table refuses it. */
export function stepPrompt(
  activity: Activity,
  prompt: SteppedPrompt,
  step: PromptStep,
  at: number,
): PromptChange | null {
  const to = promptStep(prompt.state, step.signal);
  if (to === null) return null;
  noteInActivity(activity, prompt, step, at);
  return { id: prompt.id, from: [prompt.state], to, at, reason: null, ...detailsOf(step) };
}

function noteInActivity(
  activity: Activity,
  { id, state }: SteppedPrompt,
  step: PromptStep,
  at: number,
): void {
  switch (step.signal) {
    case 'claim':
      forgetUnproven(activity, id);
      activity.delivery = { promptId: id, match: step.match, at };
      holdOthers(activity, id, true);
      break;
    case 'fail':
      if (step.uncertain) giveUpUnproven(activity);
      else endDelivery(activity, id);
      break;
    case 'release':
      if (state !== 'queued') endDelivery(activity, id);
      holdOthers(activity, id, false);
      break;
    case 'accept':
      endDelivery(activity, id);
      forgetUnproven(activity, id);
      break;
    case 'edit':
      // With other words, what arrives late is no longer this prompt.
      if (step.body !== undefined) forgetUnproven(activity, id);
      break;
    case 'cancel':
      forgetUnproven(activity, id);
      break;
    case 'requeue':
      if (activity.unproven === undefined) break;
      activity.unproven = activity.unproven.map((sent) =>
        sent.promptId === id ? { ...sent, state: 'queued' as const } : sent,
      );
      break;
    case 'paste':
      break;
  }
}

/** While a handoff's own prompt is at work, what else waits for the agent waits on. */
function holdOthers({ handoff }: Activity, promptId: number, holds: boolean): void {
  if (handoff?.promptId === promptId) handoff.holds = holds;
}

function endDelivery(activity: Activity, promptId: number): void {
  if (activity.delivery?.promptId === promptId) activity.delivery = null;
}

function detailsOf(step: PromptStep): Partial<PromptChange> {
  switch (step.signal) {
    case 'claim':
      return { attempts: true, ...(step.file !== undefined && { file: step.file }) };
    case 'release':
    case 'fail':
    case 'requeue':
      return { reason: step.reason };
    case 'accept':
      return { acceptedBy: step.by };
    case 'edit': {
      const { signal: _, ...changed } = step;
      return changed;
    }
    default:
      return {};
  }
}
