/**
 * The state machine of a command: a total table, so that a missing case does not compile.
 *
 * A command is one unit of work. `idle` is the state of an agent without one. The table says
 * where each signal leads and what happens to the command row; nobody may write another state.
 */
import type { CommandState } from '@headspace/contract';

/**
 * - `prompt`     a person (or another program) gave new work
 * - `activity`   the agent itself was seen at work: a tool, a subagent
 * - `ask`        a dialog opened that only a person can answer
 * - `answered`   the last open dialog went away and work goes on
 * - `finish`     the turn ended by itself
 * - `fail`       the turn ended with an error
 * - `interrupt`  the turn was broken off, seen without a hook
 * - `end`        the session is over
 */
export const COMMAND_SIGNALS = [
  'prompt',
  'activity',
  'ask',
  'answered',
  'finish',
  'fail',
  'interrupt',
  'end',
] as const;
export type CommandSignal = (typeof COMMAND_SIGNALS)[number];

/**
 * What happens to rows: `open` closes the open command, if any, and starts one; `set` moves the
 * open one; `close` completes it; `none` leaves everything as it is.
 */
export type CommandAction = 'open' | 'set' | 'close' | 'none';

export interface CommandStep {
  to: CommandState;
  action: CommandAction;
}

const open = (to: CommandState): CommandStep => ({ to, action: 'open' });
const set = (to: CommandState): CommandStep => ({ to, action: 'set' });
const close: CommandStep = { to: 'complete', action: 'close' };
const stay = (to: CommandState): CommandStep => ({ to, action: 'none' });

export const COMMAND_TABLE: Readonly<
  Record<CommandState, Readonly<Record<CommandSignal, CommandStep>>>
> = {
  // Work that was seen although its prompt was not (a `!` command, a teammate's message, a lost
  // hook) opens a command without a prompt: shown as it is, not guessed.
  idle: {
    prompt: open('commanded'),
    activity: open('processing'),
    ask: open('awaiting_input'),
    answered: stay('idle'),
    finish: { to: 'complete', action: 'open' },
    fail: { to: 'complete', action: 'open' },
    interrupt: stay('idle'),
    end: stay('idle'),
  },
  commanded: {
    prompt: open('commanded'),
    activity: set('processing'),
    ask: set('awaiting_input'),
    answered: set('processing'),
    finish: close,
    fail: close,
    interrupt: close,
    end: close,
  },
  processing: {
    prompt: open('commanded'),
    activity: stay('processing'),
    ask: set('awaiting_input'),
    answered: stay('processing'),
    finish: close,
    fail: close,
    interrupt: close,
    end: close,
  },
  // `activity` while a dialog is open is another tool or subagent at work beside it.
  awaiting_input: {
    prompt: open('commanded'),
    activity: stay('awaiting_input'),
    ask: stay('awaiting_input'),
    answered: set('processing'),
    finish: close,
    fail: close,
    interrupt: close,
    end: close,
  },
  complete: {
    prompt: open('commanded'),
    activity: open('processing'),
    ask: open('awaiting_input'),
    answered: stay('complete'),
    finish: stay('complete'),
    fail: stay('complete'),
    interrupt: stay('complete'),
    end: stay('complete'),
  },
};

/** The step that `signal` takes from `state`. */
export function commandStep(state: CommandState, signal: CommandSignal): CommandStep {
  return COMMAND_TABLE[state][signal];
}
