/**
 * The states of a prompt on its way to an agent. The table is total: a missing case does not
 * compile. A step that the table does not have is refused, never forced.
 */
import type { PromptState } from '@headspace/contract';

/**
 * - `edit`     its text or place changes
 * - `claim`    a delivery begins, before anything is sent
 * - `paste`    its text was seen in the prompt box, alone
 * - `release`  it is certain that nothing of it was submitted: it waits again
 * - `accept`   Claude Code has it
 * - `fail`     it did not arrive, or that cannot be known
 * - `cancel`   a person takes it back
 * - `requeue`  a person sends again what failed or was cancelled
 */
export type PromptSignal =
  'edit' | 'claim' | 'paste' | 'release' | 'accept' | 'fail' | 'cancel' | 'requeue';

type Steps = Readonly<Record<PromptSignal, PromptState | null>>;

const STEPS: Readonly<Record<PromptState, Steps>> = {
  queued: {
    edit: 'queued',
    claim: 'delivering',
    paste: null,
    release: 'queued',
    // An attempt that was given up had arrived after all.
    accept: 'accepted',
    fail: 'failed',
    cancel: 'cancelled',
    requeue: null,
  },
  delivering: {
    edit: null,
    claim: null,
    paste: 'pasted',
    release: 'queued',
    accept: 'accepted',
    fail: 'failed',
    cancel: null,
    requeue: null,
  },
  pasted: {
    edit: null,
    claim: null,
    paste: 'pasted',
    release: 'queued',
    accept: 'accepted',
    fail: 'failed',
    cancel: null,
    requeue: null,
  },
  accepted: {
    edit: null,
    claim: null,
    paste: null,
    release: null,
    accept: null,
    fail: null,
    cancel: null,
    requeue: null,
  },
  failed: {
    edit: null,
    claim: null,
    paste: null,
    release: null,
    // The proof came late: from the spool, or from the transcript.
    accept: 'accepted',
    fail: null,
    cancel: 'cancelled',
    requeue: 'queued',
  },
  cancelled: {
    edit: null,
    claim: null,
    paste: null,
    release: null,
    accept: null,
    fail: null,
    cancel: null,
    requeue: 'queued',
  },
};

/** Where `signal` leads from `state`; null where it is refused. */
export function promptStep(state: PromptState, signal: PromptSignal): PromptState | null {
  return STEPS[state][signal];
}

/** Something may have been sent to the terminal. At most one prompt of an agent at a time. */
export function isInFlight(state: PromptState): boolean {
  return state === 'delivering' || state === 'pasted';
}
