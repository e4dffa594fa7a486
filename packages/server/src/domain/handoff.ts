/**
 * The steps of a handoff. The table is total: a missing case does not compile. A step that the table
 * does not have is refused, never forced.
 *
 *   requested ─ask─► asked ─write─► written ─launch─► launching ─seal─► examining ─finish─► done
 *       │              │               │                  │                 │
 *       └──────────────┴──── fail ─► failed ─ resume ─► the step before ─ …  │
 *                                      └── abandon, from every open state ──┴─► abandoned
 */
import type { HandoffState } from '@headspace/contract';

/**
 * - `ask`      the agent has the request for its document
 * - `write`    the document is complete and rests
 * - `launch`   the successor's start is stored
 * - `seal`     the successor has taken over: prompts moved, predecessor sealed, chain recorded
 * - `finish`   the exam is over
 * - `fail`     the step cannot be done, or took too long
 * - `resume`   a person wants the failed step tried again
 * - `abandon`  a person gives it up
 */
export type HandoffSignal =
  'ask' | 'write' | 'launch' | 'seal' | 'finish' | 'fail' | 'resume' | 'abandon';

/** A step that can fail. */
export type HandoffStep = Exclude<HandoffState, 'done' | 'failed' | 'abandoned'>;

type Steps = Readonly<Record<HandoffSignal, HandoffState | 'by failedIn' | null>>;

const NO_STEPS: Steps = {
  ask: null,
  write: null,
  launch: null,
  seal: null,
  finish: null,
  fail: null,
  resume: null,
  abandon: null,
};
const OPEN: Steps = { ...NO_STEPS, fail: 'failed', abandon: 'abandoned' };

const STEPS: Readonly<Record<HandoffState, Steps>> = {
  requested: { ...OPEN, ask: 'asked' },
  asked: { ...OPEN, write: 'written' },
  written: { ...OPEN, launch: 'launching' },
  launching: { ...OPEN, seal: 'examining' },
  examining: { ...OPEN, finish: 'done' },
  failed: { ...NO_STEPS, resume: 'by failedIn', abandon: 'abandoned' },
  done: NO_STEPS,
  abandoned: NO_STEPS,
};

/**
 * Where a failed step begins again. A document that did not come is asked for anew, unless it is
 * there by now; a successor that did not come is started anew.
 */
const RESUMES_AT: Readonly<Record<HandoffStep, HandoffStep>> = {
  requested: 'requested',
  asked: 'requested',
  written: 'written',
  launching: 'written',
  examining: 'examining',
};

/** Where `signal` leads; null where it is refused. `failedIn` is the step of a failed one. */
export function handoffStep(
  { state, failedIn }: { readonly state: HandoffState; readonly failedIn: HandoffStep | null },
  signal: HandoffSignal,
): HandoffState | null {
  const to = STEPS[state][signal];
  if (to !== 'by failedIn') return to;
  return failedIn === null ? null : RESUMES_AT[failedIn];
}

export const isStep = (state: HandoffState): state is HandoffStep => STEPS[state].fail !== null;

/**
 * What an agent's activity holds of its open handoff, on either side. From the moment the handoff's
 * own prompt is claimed, all other prompts wait: they go to the successor, or until it was examined.
 */
export interface HandoffMark {
  id: number;
  state: HandoffState;
  /** Its prompt for this agent, which goes at rest only; null where it has none. */
  promptId: number | null;
  /** Whether the other prompts wait. */
  holds: boolean;
}

/** The job's name on this host: a server of another one does not know it. */
export const handoffJobName = (host: string): string => `handoff@${host}`;
export const handoffJobKey = (id: number): string => `handoff ${id}`;
