/** Prompts on their way to an agent: `/api/agents/:id/prompts`. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { ACCEPTED_BY, PROMPT_KINDS, PROMPT_STATES } from './vocabulary.ts';

const Timestamp = z.iso.datetime({ offset: true });

/** How many prompts of an agent wait, are being sent, and failed without anybody's answer to it. */
export const PromptCounts = z.object({
  queued: z.number().int(),
  inFlight: z.number().int(),
  failed: z.number().int(),
});
export type PromptCounts = z.infer<typeof PromptCounts>;

export const PromptView = z.object({
  id: z.number().int(),
  agentId: z.number().int(),
  key: z.string(),
  /** In the normal form in which it is sent; the person's own words, not redacted. */
  text: z.string(),
  kind: z.enum(PROMPT_KINDS),
  state: z.enum(PROMPT_STATES),
  /** Number of its place in the agent's queue: 1 is sent next; null unless queued. */
  place: z.number().int().nullable(),
  revision: z.number().int(),
  attempt: z.number().int(),
  /** Why it waits or failed, one plain sentence without a full stop. */
  reason: z.string().nullable(),
  createdAt: Timestamp,
  changedAt: Timestamp,
  acceptedAt: Timestamp.nullable(),
  acceptedBy: z.enum(ACCEPTED_BY).nullable(),
});
export type PromptView = z.infer<typeof PromptView>;

/** `GET /api/agents/:id/prompts`: those that are open in the order of delivery, then the others. */
export const PromptList = z.object({ prompts: z.array(PromptView) });
export type PromptList = z.infer<typeof PromptList>;

/** Longest idempotency key; also taken from the header `Idempotency-Key`. */
export const PROMPT_KEY_LIMIT = 200;
/** What a key is made of: what an HTTP header can carry, so that both ways mean the same. */
const PromptKey = z
  .string()
  .min(1)
  .max(PROMPT_KEY_LIMIT)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');

/** `POST /api/agents/:id/prompts`. */
export const NewPromptRequest = z.strictObject({
  text: z.string(),
  /** The text begins with `/` or `!` and is meant as a command of Claude Code. */
  command: z.boolean().default(false),
  /** The same key again gives the same prompt, whatever happened in between. */
  key: PromptKey.optional(),
});
export type NewPromptRequest = z.input<typeof NewPromptRequest>;
export { PromptKey };

/** `PATCH /api/agents/:id/prompts/:promptId`: while it is queued. */
export const PromptPatch = z
  .strictObject({
    /** The revision that the person saw: an edit of another one is refused. */
    revision: z.number().int(),
    text: z.string().optional(),
    command: z.boolean().optional(),
    /** Ahead of everything else that waits. */
    next: z.literal(true).optional(),
  })
  .refine(({ text, command, next }) => (text ?? command ?? next) !== undefined, {
    message: 'nothing to change: give text, command or next',
  });
export type PromptPatch = z.infer<typeof PromptPatch>;
