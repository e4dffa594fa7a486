/** Handoffs: an agent whose context is full is followed by a new one. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { PromptKey } from './prompt.ts';

/**
 * Where a handoff stands.
 *
 * - `requested`: the agent will be asked for its document at its next rest
 * - `asked`: it has the request; the document is awaited
 * - `written`: the document is complete; the successor will be started
 * - `launching`: the successor is being started
 * - `examining`: the successor has taken over and is asked what it knows
 * - `done`: over
 * - `failed`: it waits for a person, who resumes it at the step it failed in, or abandons it
 * - `abandoned`: given up by a person
 */
export const HANDOFF_STATES = [
  'requested',
  'asked',
  'written',
  'launching',
  'examining',
  'done',
  'failed',
  'abandoned',
] as const;
export const HandoffState = z.enum(HANDOFF_STATES);
export type HandoffState = z.infer<typeof HandoffState>;

/** Who asked: a person, or the mark of context use (`handoff.atPercent`). */
export const HANDOFF_TRIGGERS = ['person', 'context'] as const;
export const HandoffTrigger = z.enum(HANDOFF_TRIGGERS);
export type HandoffTrigger = z.infer<typeof HandoffTrigger>;

/** Body of `POST /api/agents/:id/handoffs`. */
export const NewHandoffRequest = z.strictObject({
  /** Why, for the record. */
  reason: z.string().max(200).optional(),
  /** What the document and the successor should mind; both agents are told. */
  note: z.string().max(4_000).optional(),
  /** Idempotency key, as the header `Idempotency-Key`: the same again is the same handoff. */
  key: PromptKey.optional(),
});
export type NewHandoffRequest = z.infer<typeof NewHandoffRequest>;

/** A question of the exam and the words of the document that its answer lacked. */
export const MissedTerms = z.object({ question: z.string(), terms: z.array(z.string()) });
export type MissedTerms = z.infer<typeof MissedTerms>;

export const HandoffView = z.object({
  id: z.number().int(),
  /** The agent that hands over. */
  agentId: z.number().int(),
  /** The agent that has taken over; null until then. */
  successorId: z.number().int().nullable(),
  launchId: z.number().int().nullable(),
  trigger: HandoffTrigger,
  reason: z.string().nullable(),
  note: z.string().nullable(),
  state: HandoffState,
  /** The step it failed in; null unless `failed`. */
  failedIn: HandoffState.nullable(),
  /** What it waits for, or why it failed; null where there is nothing to say. */
  why: z.string().nullable(),
  /** Grows each time a person resumes it. */
  attempt: z.number().int(),
  /** The document, on the agent's host; null until the agent is asked for it. */
  path: z.string().nullable(),
  /** What the successor knows of the document; null until it has answered. */
  exam: z
    .object({
      /** 0 to 100. */
      score: z.number().int().min(0).max(100),
      missed: z.array(MissedTerms),
    })
    .nullable(),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  /** Until then the present step must be over; null where nothing is awaited. */
  deadlineAt: z.iso.datetime().nullable(),
});
export type HandoffView = z.infer<typeof HandoffView>;

/** `GET /api/handoffs`, newest first; `?agent=<id>` gives those from or to that agent. */
export const HandoffList = z.object({ handoffs: z.array(HandoffView) });
export type HandoffList = z.infer<typeof HandoffList>;

/** An agent's own open handoff, on either side, as its view shows it. */
export const AgentHandoff = z.object({ id: z.number().int(), state: HandoffState });
export type AgentHandoff = z.infer<typeof AgentHandoff>;
