/**
 * The words for what an agent is doing. Everything that shows or stores a state uses these and
 * no others.
 */

/** States of a command, the unit of work a person gives to an agent. `idle` means: no command. */
export const COMMAND_STATES = [
  'idle',
  'commanded',
  'processing',
  'awaiting_input',
  'complete',
] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/**
 * What a person has to know at a glance, derived from evidence and never stored as truth.
 *
 * - `needs_you`  blocked on a person: permission, question, plan, form, or an error to act on
 * - `limit`      a rate, usage or billing limit stopped it
 * - `your_turn`  the turn is finished; the next move is the person's
 * - `stalled`    claims to work, but nothing has moved for long
 * - `unknown`    the evidence does not decide
 * - `working`    at work, background subagents included
 * - `idle`       a fresh session that nothing has been asked of
 * - `ended`      the session is over
 *
 * The order is the order in which the dashboard shows the groups.
 */
export const ATTENTIONS = [
  'needs_you',
  'limit',
  'your_turn',
  'stalled',
  'unknown',
  'working',
  'idle',
  'ended',
] as const;
export type Attention = (typeof ATTENTIONS)[number];

/**
 * What a screen can prove: a `dialog` no hook has told of; a `limit` of the account; a `retry` of the
 * API by the client itself; `unsent` words in the prompt box; `stalled`: at work, and nothing moves;
 * `shell` in the place of Claude Code; `no_pane`: the pane is gone, the process is not.
 */
export const SCREEN_FACTS = [
  'dialog',
  'limit',
  'retry',
  'unsent',
  'stalled',
  'shell',
  'no_pane',
] as const;
export type ScreenFactKind = (typeof SCREEN_FACTS)[number];

/** Kinds of witness, in falling precedence where two of the same moment disagree. */
export const EVIDENCE_SOURCES = [
  'hook',
  'session_file',
  'transcript',
  'process',
  'tmux',
  'person',
] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];
