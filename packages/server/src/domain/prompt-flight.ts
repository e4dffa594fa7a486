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
  /** Claim it and paste; `present`: an earlier attempt has left it in the box. */
  | { readonly do: 'send'; readonly present: boolean }
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
}

/** Enter again if the text is still in the box by then; seen to help once in 400 tries. */
export const ENTER_AGAIN_MS = 1_500;
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

/** Of a prompt that is queued. `text` is what would be pasted, `attempt` how often it was. */
export function queuedStep(
  state: AgentState,
  shows: TerminalShows,
  prompt: { readonly kind: PromptKind; readonly text: string; readonly attempt: number },
): FlightStep {
  const bar = agentBar(state);
  if (bar !== null) return { do: 'wait', why: bar };
  if (shows.kind !== 'shown') return { do: 'wait', why: shows.why };
  const { reading } = shows;
  const { box } = reading;
  if (box === null) return { do: 'wait', why: noBox(reading) };
  if (prompt.attempt > 0 && boxHolds(box, prompt.text).holds) return { do: 'send', present: true };
  if (box.mode === 'shell' || box.text !== '') {
    return { do: 'wait', why: 'something is typed in the prompt box' };
  }
  if (prompt.kind === 'command' && reading.working !== null) {
    return { do: 'wait', why: 'a command waits for the end of the turn' };
  }
  return { do: 'send', present: false };
}

/** Of a prompt that is on its way; `enters` is how often Enter was pressed for it. */
export function flightStep(
  state: AgentState,
  shows: TerminalShows,
  prompt: { readonly text: string; readonly enters: number; readonly attempt: number },
  { settledMs, graceMs }: FlightTimes,
): FlightStep {
  const settled = settledMs >= graceMs;
  const lost = (why: string): FlightStep => {
    // Hooks of the spool and entries of the transcript may still be on their way.
    if (!settled) return { do: 'wait', why: null };
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
  if (boxHolds(box, prompt.text).holds) return inBox(state, prompt.enters, settledMs);
  if (isMixed(box, prompt.text)) {
    if (settledMs < ENTER_AGAIN_MS) return { do: 'wait', why: null };
    const why =
      'somebody typed at the same time: both stand in the prompt box and nothing was sent';
    return { do: 'fail', why, uncertain: prompt.enters > 0 };
  }
  return lost('it is not in the prompt box');
}

function inBox(state: AgentState, enters: number, settledMs: number): FlightStep {
  const bar = agentBar(state);
  if (bar !== null) return { do: 'wait', why: bar };
  if (enters === 0) return { do: 'enter' };
  if (settledMs < ENTER_AGAIN_MS) return { do: 'wait', why: null };
  if (enters < MAX_ENTERS) return { do: 'enter' };
  // A person may still submit it: then the proof makes it accepted.
  const why = 'it stands in the prompt box, and Enter does not submit it';
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
