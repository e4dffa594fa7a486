/**
 * Messages of `GET /api/events` (server-sent events). The SSE `id:` is the cursor, `event:` the
 * `type`, `data:` the JSON of the message. A reader that comes back with `Last-Event-ID` gets
 * everything after it, from any server process.
 */
import { z } from 'zod';
import { AgentView, TransitionView } from './agent.ts';

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
 * The cursor is older than what the server keeps: fetch `/api/agents` again and go on from this
 * message's id. Never stored, sent to one reader only.
 */
export const StreamReset = z.object({ type: z.literal('stream.reset') });

export const StreamMessage = z.discriminatedUnion('type', [
  AgentChanged,
  HookEventParked,
  StreamReset,
]);
export type StreamMessage = z.infer<typeof StreamMessage>;
