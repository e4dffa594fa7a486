/**
 * Messages of `GET /api/events` (server-sent events). The SSE `id:` is the cursor, `event:` the
 * `type`, `data:` the JSON of the message. A reader that comes back with `Last-Event-ID` gets
 * everything after it, from any server process.
 */
import { z } from 'zod';
import { AgentView, TransitionView } from './agent.ts';
import { HandoffView } from './handoff.ts';
import { LaunchView } from './launch.ts';
import { PROMPT_STATES } from './vocabulary.ts';

/** An agent's rows changed. Carries the whole view, so a reader only replaces what it has. */
export const AgentChanged = z.object({
  type: z.literal('agent.changed'),
  agent: AgentView,
  /** What was added to its history, oldest first; empty where only details changed. */
  transitions: z.array(TransitionView),
  /** The inbox rows applied by this change. */
  hookEventIds: z.array(z.number().int()),
});
export type AgentChanged = z.infer<typeof AgentChanged>;

/** An event could not be applied and waits for a person. */
export const HookEventParked = z.object({
  type: z.literal('hook_event.parked'),
  hookEventId: z.number().int(),
  agentId: z.number().int().nullable(),
  error: z.string(),
});
export type HookEventParked = z.infer<typeof HookEventParked>;

/**
 * A prompt of an agent's queue was added or changed. Carries no text: who shows the queue asks for
 * it (`GET /api/agents/:id/prompts`).
 */
export const PromptChanged = z.object({
  type: z.literal('prompt.changed'),
  agentId: z.number().int(),
  promptId: z.number().int(),
  state: z.enum(PROMPT_STATES),
  reason: z.string().nullable(),
});
export type PromptChanged = z.infer<typeof PromptChanged>;

/** A launch was requested or moved on. */
export const LaunchChanged = z.object({
  type: z.literal('launch.changed'),
  launch: LaunchView,
});
export type LaunchChanged = z.infer<typeof LaunchChanged>;

/** A handoff was requested or moved on. */
export const HandoffChanged = z.object({
  type: z.literal('handoff.changed'),
  handoff: HandoffView,
});
export type HandoffChanged = z.infer<typeof HandoffChanged>;

/**
 * The cursor is older than what the server keeps: fetch `/api/agents` again and go on from this
 * message's id. Never stored, sent to one reader only.
 */
export const StreamReset = z.object({ type: z.literal('stream.reset') });

/**
 * The server closes this connection; come back with the last id. `too_slow`: the reader fell
 * further behind than the server buffers. Without an id, never stored, sent to one reader only.
 */
export const StreamEnd = z.object({
  type: z.literal('stream.end'),
  reason: z.enum(['too_slow', 'shutting_down', 'error']),
});
export type StreamEnd = z.infer<typeof StreamEnd>;

export const StreamMessage = z.discriminatedUnion('type', [
  AgentChanged,
  HookEventParked,
  PromptChanged,
  LaunchChanged,
  HandoffChanged,
  StreamReset,
  StreamEnd,
]);
export type StreamMessage = z.infer<typeof StreamMessage>;
