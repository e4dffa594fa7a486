/**
 * What is to be done next about the prompt at the front of an agent's queue, by what is known of the
 * agent and what its terminal shows. Pure; the rules that keep a prompt from being sent twice, and
 * from landing in a dialog, are these.
 */
import type { PromptKind } from '@headspace/contract';
import type { AgentState } from './agent-state.ts';
import { boxHolds, type PromptBox, type ScreenReading } from './screen/index.ts';

/** The agent's terminal at this moment. */
export type TerminalShows =
  | { readonly kind: 'shown'; readonly reading: ScreenReading }
  /** No terminal, or Claude Code is certainly not in it any more. */
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

export type FlightStep =
  | { readonly do: 'wait'; readonly why: string | null }
  /**
   * Claim it and paste. `present`: an earlier attempt has left it in the box. `clear`: the client
   * has left the prompt before it there, which has arrived.
   */
  | { readonly do: 'send'; readonly present: boolean; readonly clear: boolean }
  /** It stands in the box: press Enter. */
  | { readonly do: 'enter' }
  /** Nothing of it was submitted: it waits again. */
  | { readonly do: 'release'; readonly why: string }
  | { readonly do: 'fail'; readonly why: string; readonly uncertain: boolean };

export interface FlightTimes {
  /** Since the last thing that was done for it, or since this server has listened; milliseconds. */
  readonly settledMs: number;
  /** After so long a proof that has not come will not come. */
  readonly graceMs: number;
  /** This server has started since it was claimed: hooks of meanwhile may lie in the spool. */
  readonly restarted: boolean;
}

/**
 * Enter again if by then it has had no effect at all. That the text still stands in the box is not
 * enough: 2.1.197 leaves it there, although it has taken it, if a turn ends in that moment.
 */
export const ENTER_AGAIN_MS = 1_500;
/** A paste that nothing is seen of by then was lost; 25 to 75 ms were measured. */
const CLEARED_MS = 2_000;
/** So old, a message in the client's queue would be on the screen, or its turn would run. */
const QUEUE_SEEN_MS = 5_000;
/** Enters that are pressed at most. */
const MAX_ENTERS = 2;
/** Attempts until a person has to look at it. */
const MAX_ATTEMPTS = 5;

/** What of the agent's own state keeps prompts from it now; null where nothing does. */
export function agentBar({ ending, activity }: AgentState): string | null {
  if (ending !== null) return 'the agent has ended';
  const [dialog] = activity.dialogs;
  if (dialog !== undefined) return `a dialog is open: ${dialog.kind}`;
  if (activity.sessionFile?.status === 'waiting') {
    return `Claude Code waits for ${activity.sessionFile.waitingFor ?? 'an answer'}`;
  }
  return null;
}

export interface Waiting {
  /** `prompts.id`. */
  readonly id: number;
  readonly kind: PromptKind;
  /** What would be pasted. */
  readonly text: string;
  /** How often it was. */
  readonly attempt: number;
  /** What was pasted for the last prompt that has arrived; null where there is none. */
  readonly before: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Of a prompt that is queued. */
export function queuedStep(state: AgentState, shows: TerminalShows, prompt: Waiting): FlightStep {
  const bar = agentBar(state) ?? handoffBar(state, prompt);
  if (bar !== null) return { do: 'wait', why: bar };
  if (shows.kind !== 'shown') return { do: 'wait', why: shows.why };
  const { reading } = shows;
  const { box } = reading;
  if (box === null) return { do: 'wait', why: noBox(reading) };
  const rest = whyAtRest(state, prompt);
  if (rest !== null && !isAtRest(state, reading, prompt.now)) return { do: 'wait', why: rest };
  if (box.mode === 'prompt' && box.text === '') return { do: 'send', present: false, clear: false };
  if (prompt.attempt > 0 && boxHolds(box, prompt.text).holds) {
    return { do: 'send', present: true, clear: false };
  }
  if (prompt.before !== null && boxHolds(box, prompt.before).holds) {
    return { do: 'send', present: false, clear: true };
  }
  return { do: 'wait', why: 'something is typed in the prompt box' };
}

/** What else is given to an agent that hands over is its successor's. */
function handoffBar({ activity: { handoff } }: AgentState, { id }: Waiting): string | null {
  if (handoff?.holds !== true || handoff.promptId === id) return null;
  return `handoff ${handoff.id} is under way`;
}

/** Why this prompt has to wait for the end of the turn; null where it need not. */
function whyAtRest({ activity: { handoff } }: AgentState, prompt: Waiting): string | null {
  if (handoff?.promptId === prompt.id) return 'a handoff waits for the end of the turn';
  return needsRest(prompt) ? 'what begins with / waits for the end of the turn' : null;
}

/**
 * Commands do different things during a turn. And from its own queue the client takes off the blank
 * that keeps a text from being one (2.1.197): ` /tmp is full` became an unknown command.
 */
export function needsRest({ kind, text }: Pick<Waiting, 'kind' | 'text'>): boolean {
  return kind === 'command' || text.trimStart().startsWith('/');
}

/** No turn runs, and nothing lies in the client's own queue that is about to begin one. */
function isAtRest({ activity }: AgentState, reading: ScreenReading, now: number): boolean {
  const { turn, sessionFile, clientQueue = [] } = activity;
  const status = sessionFile?.status ?? 'idle';
  return (
    reading.working === null &&
    reading.queued.length === 0 &&
    turn !== 'running' &&
    status !== 'busy' &&
    clientQueue.every(({ taken, at }) => taken !== null || now - at > QUEUE_SEEN_MS)
  );
}

export interface Flying {
  readonly text: string;
  readonly attempt: number;
  /** How often Enter was pressed for it. */
  readonly enters: number;
  /** `ScreenReading.above` before that. */
  readonly above: string | null;
}

/** Of a prompt that is on its way. */
export function flightStep(
  state: AgentState,
  shows: TerminalShows,
  prompt: Flying,
  times: FlightTimes,
): FlightStep {
  const { settledMs, graceMs } = times;
  const lost = (why: string, withinMs = graceMs): FlightStep => {
    // Hooks of the spool and entries of the transcript may still be on their way.
    if (settledMs < withinMs) return { do: 'wait', why: null };
    if (prompt.enters > 0) {
      const doubt = `uncertain: ${why}, and nothing proves its arrival`;
      return { do: 'fail', why: doubt, uncertain: true };
    }
    return prompt.attempt % MAX_ATTEMPTS === 0
      ? { do: 'fail', why: `${why}, ${prompt.attempt} times`, uncertain: false }
      : { do: 'release', why };
  };
  if (state.ending !== null) return lost('the agent has ended');
  if (shows.kind === 'gone') return lost(shows.why);
  if (shows.kind === 'unknown') return { do: 'wait', why: shows.why };
  const { box } = shows.reading;
  if (box === null) return { do: 'wait', why: noBox(shows.reading) };
  if (boxHolds(box, prompt.text).holds) {
    const bar = agentBar(state);
    if (bar !== null) return { do: 'wait', why: bar };
    return inBox(prompt, shows.reading, times);
  }
  if (isMixed(box, prompt.text)) {
    if (settledMs < ENTER_AGAIN_MS) return { do: 'wait', why: null };
    const why =
      'somebody typed at the same time: both stand in the prompt box and nothing was sent';
    return { do: 'fail', why, uncertain: prompt.enters > 0 };
  }
  // What is pasted while the client takes the prompt before it is cleared away with that one. A
  // person could have sent it in place of us; their hook is quick, unless nobody took it.
  const mayRelease = prompt.enters === 0 && !times.restarted;
  return lost('it is not in the prompt box', mayRelease ? CLEARED_MS : graceMs);
}

function inBox(
  { enters, above }: Flying,
  reading: ScreenReading,
  { settledMs, graceMs }: FlightTimes,
): FlightStep {
  if (enters === 0) return { do: 'enter' };
  if (settledMs < ENTER_AGAIN_MS) return { do: 'wait', why: null };
  const untouched = above === reading.above && reading.working === null;
  if (untouched && enters < MAX_ENTERS) return { do: 'enter' };
  if (!untouched && settledMs < graceMs) return { do: 'wait', why: null };
  // A person may still submit it: then the proof makes it accepted.
  const why = untouched
    ? 'it stands in the prompt box, and Enter does not submit it'
    : 'uncertain: it stands in the prompt box, and may have arrived as well';
  return { do: 'fail', why, uncertain: true };
}

function noBox(reading: ScreenReading): string {
  if (reading.dialog !== null) return `a dialog is on the screen: ${reading.dialog.title}`;
  if (reading.surface === 'shell') return 'the terminal shows a shell';
  return 'the screen shows no prompt box';
}

const bare = (text: string): string => text.replaceAll(/\s+/g, '');

/** Ours and something else. */
function isMixed(box: PromptBox, text: string): boolean {
  const [mark, ...others] = box.pastes;
  if (mark !== undefined) return others.length > 0 || bare(box.text) !== bare(mark);
  return box.text !== '' && bare(box.text).includes(bare(text));
}
