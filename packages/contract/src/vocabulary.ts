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
 * What is known of the final text of a command that ended by itself.
 *
 * - `pending`  its end was told without the text, which is still being looked for
 * - `known`    it is the last message of the command in the conversation
 * - `none`     it ended without a text
 * - `unknown`  nothing told it in time
 */
export const COMMAND_OUTPUTS = ['pending', 'known', 'none', 'unknown'] as const;
export type CommandOutput = (typeof COMMAND_OUTPUTS)[number];

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

/**
 * Where a prompt is on its way to an agent.
 *
 * - `queued`      waits; can be edited, moved and cancelled
 * - `delivering`  claimed by a delivery; something may have been sent to the terminal
 * - `pasted`      its text stands in the prompt box, and nothing else does
 * - `accepted`    Claude Code has it: proved by a hook or by the transcript
 * - `failed`      did not arrive, or it cannot be known; `reason` says which
 * - `cancelled`   taken back by a person
 */
export const PROMPT_STATES = [
  'queued',
  'delivering',
  'pasted',
  'accepted',
  'failed',
  'cancelled',
] as const;
export type PromptState = (typeof PROMPT_STATES)[number];

/** `text` is said to the agent; `command` begins with `/` or `!` and is meant to. */
export const PROMPT_KINDS = ['text', 'command'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

/** Who proved that a prompt arrived; `queue` is the transcript's note that it waits for its turn. */
export const ACCEPTED_BY = ['hook', 'queue', 'transcript', 'screen'] as const;
export type AcceptedBy = (typeof ACCEPTED_BY)[number];

/** How full a context window is, at a glance; the marks are settings. */
export const CONTEXT_TIERS = ['normal', 'high', 'critical'] as const;
export type ContextTier = (typeof CONTEXT_TIERS)[number];

/** Who says how full a context window is, the best first. */
export const CONTEXT_SOURCES = ['statusline', 'transcript', 'screen'] as const;
export type ContextSource = (typeof CONTEXT_SOURCES)[number];
